import type { Ref } from 'react';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import { PRIORITIES, PRIORITY_NAME } from '@/shared/priority';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { SelectField } from '@/shared/ui/select-field';
import { type BoardFilter, isFiltering, NOBODY } from './board-filter';

const FilterBarFragment = graphql(`
  fragment FilterBar on Project {
    id
    labels {
      id
      name
    }
    members {
      id
      user {
        id
        name
      }
    }
  }
`);

type FilterBarProps = {
  project: FragmentType<typeof FilterBarFragment>;
  filter: BoardFilter;
  onChange: (changes: Partial<BoardFilter>) => void;
  onClear: () => void;
  searchRef: Ref<HTMLInputElement>;
};

const ANY = '';

/** Narrows the board down; every part of it is a link somebody can share. */
export function FilterBar({ filter, onChange, onClear, searchRef, ...props }: FilterBarProps) {
  const project = getFragmentData(FilterBarFragment, props.project);
  return (
    <search
      aria-label="Filter tasks"
      className="relative flex shrink-0 items-center gap-2 overflow-x-auto px-4 py-2 sm:px-6"
    >
      <div className="relative w-44 shrink-0 sm:w-60">
        <span className="pointer-events-none absolute inset-y-0 left-3 flex items-center text-muted">
          <Icon name="search" />
        </span>
        <input
          aria-keyshortcuts="/"
          aria-label="Filter by text"
          className="field pl-9"
          onChange={(event) => onChange({ text: event.target.value })}
          placeholder="Filter by text"
          ref={searchRef}
          type="search"
          value={filter.text}
        />
      </div>
      <FilterSelect
        anyName="Anyone"
        label="Assignee"
        onChange={(assignee) => onChange({ assignee })}
        options={[
          { value: NOBODY, name: 'Unassigned' },
          ...project.members.map(({ user }) => ({ value: user.id, name: user.name })),
        ]}
        value={filter.assignee}
      />
      <FilterSelect
        anyName="Any label"
        label="Label"
        onChange={(label) => onChange({ label })}
        options={project.labels.map(({ id, name }) => ({ value: id, name }))}
        value={filter.label}
      />
      <FilterSelect
        anyName="Any priority"
        label="Priority"
        onChange={(value) =>
          onChange({ priority: PRIORITIES.find((known) => known === value) ?? null })
        }
        options={PRIORITIES.map((value) => ({ value, name: PRIORITY_NAME[value] }))}
        value={filter.priority}
      />
      {isFiltering(filter) ? (
        <Button onClick={onClear} variant="quiet">
          <Icon name="close" />
          Clear
        </Button>
      ) : null}
    </search>
  );
}

type FilterSelectProps = {
  label: string;
  anyName: string;
  value: string | null;
  options: readonly { value: string; name: string }[];
  onChange: (value: string | null) => void;
};

function FilterSelect({ label, anyName, value, options, onChange }: FilterSelectProps) {
  return (
    <div className="w-36 shrink-0">
      <SelectField
        isLabelHidden
        label={label}
        onChange={(chosen) => onChange(chosen === ANY ? null : chosen)}
        options={[{ value: ANY, name: anyName }, ...options]}
        value={value ?? ANY}
      />
    </div>
  );
}
