/** Door of the walk department: TRACE events of any number of hosts and CPUs → each packet's walk. */
export { Assembler, type AssemblerOptions } from './assemble.ts';
