import { expect } from 'chai';
import { Receipts } from './receipts.ts';

describe('owed receipts', () => {
  const settled = async (promise: Promise<void>): Promise<boolean> =>
    Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);

  it('are waited for until each is paid or dropped', async () => {
    const [receipts, sent] = [new Receipts(), [] as string[]];
    expect(await settled(receipts.done())).to.equal(true);
    const [one, two] = ['one', 'two'].map((name) => receipts.owe(() => sent.push(name)));
    const done = receipts.done();
    two?.pay();
    expect(await settled(done)).to.equal(false);
    one?.drop();
    expect(await settled(done)).to.equal(true);
    expect(sent).to.deep.equal(['two']);
  });

  it('are not waited for when nobody is there any more', async () => {
    const receipts = new Receipts();
    receipts.owe(() => {});
    const done = receipts.done();
    receipts.close();
    expect(await settled(done)).to.equal(true);
    expect(await settled(receipts.done())).to.equal(true);
  });
});
