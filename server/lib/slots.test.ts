import { expect } from 'chai';
import { Slots } from './slots.ts';

describe('slots', () => {
  it('let so many run at a time, the others in the order of coming, whether a run fails or not', async () => {
    const slots = new Slots(2);
    const begun: number[] = [];
    const ends: ((failed: boolean) => void)[] = [];
    const runs = [0, 1, 2, 3, 4].map((i) =>
      slots
        .run(async () => {
          begun.push(i);
          const failed = await new Promise<boolean>((resolve) => (ends[i] = resolve));
          if (failed) throw new Error('failed');
        })
        .catch(() => {}),
    );
    expect(begun).to.deep.equal([0, 1]);
    ends[1]?.(true);
    await runs[1];
    expect(begun).to.deep.equal([0, 1, 2]);
    ends[0]?.(false);
    await runs[0];
    expect(begun).to.deep.equal([0, 1, 2, 3]);
    for (const i of [2, 3, 4]) {
      ends[i]?.(false);
      await runs[i];
    }
    expect(begun).to.deep.equal([0, 1, 2, 3, 4]);
    await slots.run(async () => begun.push(5));
    expect(begun.at(-1)).to.equal(5);
  });
});
