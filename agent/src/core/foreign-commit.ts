/** Somebody else's commit to the kernel's rules. Evidence, not proof: a process may call itself anything. */
export interface ForeignCommit {
  readonly atMs: number;
  /** As the machine counts, not as a container does. */
  readonly pid: number;
  /** At most 15 characters of the program's name. */
  readonly command: string;
  /** What started it. Absent: it, or this, has ended already, or they cannot be seen from here. */
  readonly parent?: string;
}
