// A question to the person at the screen before something that cannot be taken back.
import { shallowReactive } from 'vue';

interface Question {
  asked: boolean;
  title: string;
  text: string;
  /** what the button says that does it */
  yes: string;
  answer: (yes: boolean) => void;
}

export const question = shallowReactive<Question>({ asked: false, title: '', text: '', yes: '', answer: () => {} });

export function ask(asking: Pick<Question, 'title' | 'text' | 'yes'>): Promise<boolean> {
  question.answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      question.asked = false;
      resolve(yes);
    };
    Object.assign(question, asking, { answer, asked: true });
  });
}
