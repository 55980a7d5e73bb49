import { useState } from 'react';

type TaskEstimateProps = {
  estimate: number | null;
  mayEdit: boolean;
  onSave: (estimate: number | null) => void;
};

/** The estimate in points, saved on Enter or on leaving. Give it the saved estimate as its key. */
export function TaskEstimate({ estimate, mayEdit, onSave }: TaskEstimateProps) {
  const [text, setText] = useState(estimate === null ? '' : String(estimate));
  const save = () => {
    const wanted = text.trim() === '' ? null : Math.max(0, Math.round(Number(text)));
    if (wanted !== estimate) onSave(wanted);
  };
  return (
    <label className="flex flex-col gap-1 font-medium text-muted text-xs">
      Estimate
      <input
        className="field font-normal text-base"
        disabled={!mayEdit}
        max={10000}
        min={0}
        onBlur={save}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
        placeholder="Points"
        type="number"
        value={text}
      />
    </label>
  );
}
