// What people do with messages, groups and settings, through the pages of real browsers against the whole house.
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { until } from '../lib/backoff.ts';
import {
  BrowserPeople,
  byTest,
  choose,
  composer,
  conversation,
  doTo,
  message,
  PHONE,
  seriousFindings,
  WAIT_MS,
  write,
} from './browser-people.ts';
import { House } from './house.ts';

describe('the pages of a chat', function () {
  this.timeout(60_000);
  let house: House;
  let people: BrowserPeople;
  let ann: Page;
  let ben: Page;

  before(async () => {
    house = await House.open();
    people = await BrowserPeople.open(house);
    ann = await people.signUp('Ann Archer');
    ben = await people.signUp('Ben Baker');
    await people.befriend('Ann', 'Ben');
    await Promise.all([ann.reload(), ben.reload()]);
    await byTest(ann, 'new-chat').click();
    await byTest(ann, 'person').filter({ hasText: 'Ben' }).click();
    await write(ann, 'Good morning');
    await conversation(ben, 'Ann').click();
    await message(ben, 'Good morning').waitFor();
  });
  after(async () => {
    await people?.close();
    await house?.close();
  });

  describe('with a message', () => {
    it('shows who is there, and who is writing', async () => {
      await byTest(ann, 'about').getByText('online').waitFor();
      await composer(ben).pressSequentially('Good');
      await byTest(ann, 'writing').getByText('typing…').first().waitFor();
      await composer(ben).fill('');
      await byTest(ann, 'writing').first().waitFor({ state: 'detached' });
    });

    it('answers with a quote that leads to what it quotes', async () => {
      await doTo(message(ben, 'Good morning'), 'reply');
      await byTest(ben, 'composer-context').getByText('Good morning').waitFor();
      await write(ben, 'So it is');
      const quote = byTest(message(ann, 'So it is'), 'quote');
      expect(await quote.innerText()).to.match(/You\s+Good morning/);
      await quote.click();
      await ann.locator('[data-test=message].found').getByText('Good morning').waitFor();
    });

    it('reacts, counts, and takes back', async () => {
      await byTest(message(ann, 'So it is'), 'message-menu').click({ force: true });
      await ann.getByRole('button', { name: 'React with 👍' }).click();
      const reaction = byTest(message(ben, 'So it is'), 'reaction');
      await reaction.waitFor();
      await reaction.click();
      await reaction.getByText('2').waitFor();
      await byTest(message(ann, 'So it is'), 'reaction').click();
      await reaction.getByText('2').waitFor({ state: 'detached' });
      expect(await reaction.getAttribute('aria-pressed')).to.equal('true');
    });

    it('edits what was said last with the arrow up, and says so', async () => {
      await composer(ben).press('ArrowUp');
      expect(await composer(ben).inputValue()).to.equal('So it is');
      await composer(ben).fill('So it is, indeed');
      await composer(ben).press('Enter');
      const edited = message(ann, 'So it is, indeed');
      await byTest(edited, 'edited').waitFor();
      await doTo(message(ben, 'So it is, indeed'), 'info');
      await byTest(ben, 'message-dialog').getByText('Before it was edited').waitFor();
      await byTest(byTest(ben, 'message-dialog'), 'info-read').getByText('Ann Archer').waitFor();
      await ben.keyboard.press('Escape');
    });

    it('deletes for everyone after asking, and leaves a trace only', async () => {
      await write(ben, 'said too much');
      await message(ann, 'said too much').waitFor();
      await doTo(message(ben, 'said too much'), 'recall');
      await byTest(ben, 'yes').click();
      await byTest(ann, 'recalled').getByText('This message was deleted').waitFor();
      await byTest(ben, 'recalled').getByText('You deleted this message').waitFor();
      expect(await ann.getByText('said too much').count()).to.equal(0);
    });

    it('opens the menu by the keyboard alone', async () => {
      await byTest(ann, 'messages').focus();
      await ann.keyboard.press('End');
      await ann.keyboard.press('ArrowUp');
      await ann.keyboard.press('Enter');
      await byTest(ann, 'menu').waitFor();
      expect(await seriousFindings(ann)).to.deep.equal([]);
      await ann.keyboard.press('Escape');
      await byTest(ann, 'menu').waitFor({ state: 'hidden' });
    });
  });

  describe('with a group', () => {
    it('makes one, names who is meant, and forwards into it', async () => {
      await byTest(ann, 'new-chat').click();
      await byTest(ann, 'new-group').click();
      await byTest(ann, 'group-title').locator('input').fill('Book club');
      await byTest(ann, 'pick-person').filter({ hasText: 'Ben' }).click();
      await byTest(ann, 'make-group').click();
      await byTest(ann, 'notice').getByText('You made the group “Book club”').waitFor();
      await conversation(ben, 'Book club').waitFor();
      await composer(ann).pressSequentially('Welcome @b');
      await byTest(ann, 'mentions').getByText('Ben Baker').waitFor();
      await composer(ann).press('Enter');
      await composer(ann).press('Enter');
      await doTo(message(ben, 'Good morning').first(), 'forward');
      await byTest(ben, 'forward-to').filter({ hasText: 'Book club' }).click();
      await byTest(ben, 'forward').click();
      await message(ann, 'Good morning').waitFor();
      await conversation(ben, 'Book club').click();
      await message(ben, 'Welcome').locator('strong').getByText('@Ben Baker').waitFor();
    });

    it('changes it, and a third person comes in by its link', async () => {
      await byTest(ann, 'open-info').click();
      await byTest(ann, 'make-invite').click();
      const url = new URL((await byTest(ann, 'invite-url').innerText()).trim());
      await byTest(ann, 'show-qr').click();
      await byTest(ann, 'qr').waitFor();
      expect(await seriousFindings(ann), 'group info').to.deep.equal([]);

      const cat = await people.signUp('Cat Cook');
      await cat.goto(`${house.config.PUBLIC_URL}${url.pathname}`);
      await byTest(cat, 'join').click();
      await byTest(cat, 'notice').getByText('You joined').waitFor();
      await byTest(ben, 'notice').getByText('Cat Cook joined').waitFor();

      const member = byTest(ann, 'member').filter({ hasText: 'Ben' });
      await byTest(member, 'member-menu').click();
      await byTest(ann, 'member-admin').click();
      await byTest(member, 'role').getByText('Admin').waitFor();
      await choose(ann, 'Who may write', 'Only admins');
      await cat.getByText('Only admins write in this group.').waitFor();
      await byTest(byTest(ann, 'member').filter({ hasText: 'Cat' }), 'member-menu').click();
      await byTest(ann, 'member-remove').click();
      await byTest(ann, 'yes').click();
      await conversation(cat, 'Book club').waitFor({ state: 'detached' });
      await cat.context().close();
    });

    it('is left by who leads it, too', async () => {
      await byTest(ann, 'leave-group').click();
      await byTest(ann, 'yes').click();
      await conversation(ann, 'Book club').waitFor({ state: 'detached' });
      await byTest(ben, 'notice').getByText('Ann Archer left').waitFor();
    });
  });

  describe('with files and polls', () => {
    before(async () => {
      await conversation(ann, 'Ben').click();
      await conversation(ben, 'Ann').click();
    });

    it('sends a picture with a word to it, shown large with a press', async () => {
      const buffer = await ann.screenshot();
      await byTest(ann, 'file-input').setInputFiles({ name: 'page.png', mimeType: 'image/png', buffer });
      await ann.getByRole('textbox', { name: 'Add a caption' }).fill('how it looks');
      await byTest(ann, 'send-files-now').click();
      const picture = byTest(message(ben, 'how it looks'), 'image');
      await picture.locator('img').waitFor();
      await picture.click();
      await byTest(ben, 'lightbox').locator('img').waitFor();
      await ben.keyboard.press('Escape');
      await byTest(ben, 'lightbox').waitFor({ state: 'hidden' });
    });

    it('records a voice message, and plays it', async () => {
      await byTest(ann, 'record').click();
      await byTest(ben, 'writing').getByText('recording').first().waitFor();
      await byTest(ann, 'send-recording').click();
      const sound = byTest(ben, 'audio');
      await byTest(sound, 'play').click();
      await sound.getByRole('button', { name: 'Pause' }).waitFor();
      expect(await seriousFindings(ben)).to.deep.equal([]);
    });

    it('asks in a poll, and counts', async () => {
      await byTest(ann, 'attach').click();
      await byTest(ann, 'attach-poll').click();
      await ann.getByRole('textbox', { name: 'Question' }).fill('Where to eat?');
      await ann.getByRole('textbox', { name: 'Option 1' }).fill('Here');
      await ann.getByRole('textbox', { name: 'Option 2' }).fill('There');
      await byTest(ann, 'send-poll').click();
      await byTest(message(ben, 'Where to eat?'), 'option').filter({ hasText: 'There' }).click();
      await byTest(message(ann, 'Where to eat?'), 'option')
        .filter({ hasText: /There\s*1/ })
        .waitFor();
    });
  });

  describe('with the list', () => {
    it('keeps a draft, pins, and finds what was said', async () => {
      await composer(ann).fill('half a thought');
      await byTest(ann, 'list-menu').first().click({ force: true });
      await byTest(ann, 'list-pin').click();
      await byTest(ann, 'pinned').waitFor();
      await byTest(ann, 'search').locator('input').fill('morn');
      // the newest come first, and the group that she has left is not open to her
      await byTest(ann, 'found').last().click();
      await ann.locator('[data-test=message].found').getByText('Good morning').waitFor();
      await byTest(ann, 'search').locator('input').fill('');
      // once it is kept, another device of hers begins with it
      const other = await people.signIn('Ann Archer');
      await byTest(other, 'conversation').getByText('half a thought').waitFor();
      await other.context().close();
      await composer(ann).fill('');
    });
  });

  describe('with oneself', () => {
    it('changes profile and privacy, on a phone too', async () => {
      await ann.goto(house.config.PUBLIC_URL);
      await ann.setViewportSize(PHONE);
      await byTest(ann, 'main-menu').click();
      await byTest(ann, 'settings').click();
      expect(await seriousFindings(ann), 'settings').to.deep.equal([]);
      await byTest(ann, 'settings-profile').click();
      await ann.getByRole('button', { name: 'Change: About' }).click();
      await ann.getByRole('textbox', { name: 'About' }).fill('Reads a lot');
      await ann.keyboard.press('Enter');
      await ann.getByText('Reads a lot').waitFor();
      await byTest(ann, 'back').click();
      await byTest(ann, 'settings-privacy').click();
      await choose(ann, 'Online and last seen', 'Nobody');
      await conversation(ben, 'Ann').click();
      // the green dot goes, and her word about herself takes its place
      await byTest(ben, 'about').getByText('online').waitFor({ state: 'detached' });
      await byTest(ann, 'back').click();
      await byTest(ann, 'back').click();
      await conversation(ann, 'Ben').waitFor();
    });

    it('blocks somebody, sees it in the list, and takes it back', async () => {
      await conversation(ann, 'Ben').click();
      await byTest(ann, 'open-info').click();
      await byTest(ann, 'block').click();
      await byTest(ann, 'yes').click();
      await byTest(ann, 'block').getByText('Unblock').waitFor();
      await write(ben, 'are you there?');
      await message(ben, 'are you there?').getByText('You may write only to').waitFor();
      await ann.goto(`${house.config.PUBLIC_URL}/settings/blocked`);
      await byTest(ann, 'blocked').getByRole('button', { name: 'Unblock' }).click();
      await ann.getByText('You have blocked nobody.').waitFor();
      await message(ben, 'are you there?').getByRole('button', { name: 'Try again' }).click();
      await ben.locator('[data-test=message][data-tick=failed]').waitFor({ state: 'detached' });
    });

    it('lists one’s devices and signs another one out', async () => {
      const other = await people.signIn('Ann Archer');
      await ann.goto(`${house.config.PUBLIC_URL}/settings/devices`);
      const removals = byTest(ann, 'remove-device');
      await removals.first().waitFor();
      for (let left = await removals.count(); left > 0; left--) {
        await removals.first().click();
        await byTest(ann, 'yes').click();
        await until('one device less', async () => (await removals.count()) === left - 1, { timeoutMs: WAIT_MS });
      }
      await other.getByText('This device was removed from your account.').waitFor();
      await other.context().close();
    });
  });

  // a group of its own: mocha runs those last
  describe('all the while', () => {
    it('met no error and no blocked resource', () => expect(people.complaints).to.deep.equal([]));
  });
});
