type Report = { taskId: string | null; draggedTaskId: string | null };

const NOTHING: Report = { taskId: null, draggedTaskId: null };
// The server takes ten a second; people notice no difference below this.
const GAP_MS = 250;
// The server takes a card for let go after twelve seconds of silence.
const DRAG_REPEAT_MS = 8_000;

/**
 * Tells the server what this window looks at and drags, the newest when much happens at once.
 * A window that is hidden looks at nothing.
 */
export class PresenceReporter {
  readonly #send: (report: Report) => Promise<unknown>;
  #wanted: Report = NOTHING;
  #sent: Report = NOTHING;
  #isHidden = false;
  #isSending = false;
  #gap: ReturnType<typeof setTimeout> | undefined;
  #repeat: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (report: Report) => Promise<unknown>) {
    this.#send = send;
  }

  look(taskId: string | null): void {
    this.#wanted = { ...this.#wanted, taskId };
    this.#tell();
  }

  drag(draggedTaskId: string | null): void {
    this.#wanted = { ...this.#wanted, draggedTaskId };
    this.#tell();
  }

  hide(isHidden: boolean): void {
    this.#isHidden = isHidden;
    this.#tell();
  }

  /** Says again what holds, to a server that may not know it. */
  repeat(): void {
    this.#sent = NOTHING;
    this.#tell();
  }

  /** The last word: this window is no longer there. */
  stop(): void {
    clearTimeout(this.#gap);
    this.#gap = undefined;
    clearTimeout(this.#repeat);
    this.#wanted = NOTHING;
    this.#tell();
  }

  #tell(): void {
    // One at a time: what is sent later must not arrive sooner.
    if (this.#gap !== undefined || this.#isSending) return;
    const report = this.#isHidden ? NOTHING : this.#wanted;
    const isNews =
      report.taskId !== this.#sent.taskId || report.draggedTaskId !== this.#sent.draggedTaskId;
    if (!isNews) return;
    this.#sent = report;
    this.#gap = setTimeout(() => {
      this.#gap = undefined;
      this.#tell();
    }, GAP_MS);
    clearTimeout(this.#repeat);
    if (report.draggedTaskId !== null) {
      this.#repeat = setTimeout(() => this.repeat(), DRAG_REPEAT_MS);
    }
    this.#isSending = true;
    this.#send(report)
      .catch(() => {
        // Nobody else sees it; the next report tells all of it again.
      })
      .finally(() => {
        this.#isSending = false;
        this.#tell();
      });
  }
}
