import { useState } from 'react';
import { messageOf } from '@/shared/graphql/problem';
import { StaleTask } from './use-task-update';

type Edit = { draft: string; base: string; version: number };

type TextEditOptions = {
  value: string;
  version: number;
  /** The same text in a task, to see whether a newer version touched it. */
  read: (task: StaleTask['current']) => string;
  /** Saves over exactly `expectedVersion`; throws StaleTask when the task has moved on. */
  save: (text: string, expectedVersion: number) => Promise<void>;
};

/**
 * Editing one text of a task that others may edit too. A newer version that left
 * this text alone is simply built upon; one that changed it is put to the person.
 */
export function useTextEdit({ value, version, read, save }: TextEditOptions) {
  const [edit, setEdit] = useState<Edit | null>(null);
  const [theirs, setTheirs] = useState<{ text: string; version: number } | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const close = () => {
    setEdit(null);
    setTheirs(null);
    setError(null);
  };

  const send = async ({ draft, base, version: expected }: Edit): Promise<void> => {
    try {
      await save(draft, expected);
      close();
    } catch (reason) {
      if (!(reason instanceof StaleTask)) {
        setError(messageOf(reason));
        return;
      }
      const text = read(reason.current);
      if (text === base) await send({ draft, base, version: reason.current.version });
      else setTheirs({ text, version: reason.current.version });
    }
  };

  const submit = (from: Edit | null) => {
    if (!from) return;
    if (from.draft === from.base) {
      close();
      return;
    }
    setIsBusy(true);
    setError(null);
    void send(from).finally(() => setIsBusy(false));
  };

  return {
    isEditing: edit !== null,
    draft: edit?.draft ?? value,
    theirs: theirs?.text ?? null,
    isBusy,
    error,
    start: () => setEdit({ draft: value, base: value, version }),
    setDraft: (draft: string) =>
      setEdit((current) => ({ base: value, version, ...current, draft })),
    cancel: close,
    submit: () => submit(edit),
    keepMine: () => {
      if (!edit || !theirs) return;
      const mine = { draft: edit.draft, base: theirs.text, version: theirs.version };
      setTheirs(null);
      setEdit(mine);
      submit(mine);
    },
    takeTheirs: close,
  };
}
