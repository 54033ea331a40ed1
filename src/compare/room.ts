/** How much of one host is remembered, by how many hosts there are: names are input, and memory is one. */

/** What hosts share: of each less is remembered where there are many (a run takes 7 KB). */
export class Room {
  /** Hosts of which something is kept. */
  hosts = 1;

  /**
   * Things that one host may remember.
   * @param most as long as there are few hosts; @param all what all of them may remember together, roughly
   */
  share(most: number, all: number): number {
    return Math.max(LEAST, Math.min(most, Math.floor(all / this.hosts)));
  }
}

/** Enough for an answer, which follows its packet at once, but for lines of other CPUs. */
const LEAST = 4;
