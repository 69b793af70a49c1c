import type { AgentMachine } from '../ports.ts';
import { unlinkQuietly } from './atomic-file.ts';
import { answerStarter, detach, readMessage, startBackground } from './background.ts';
import { endOther } from './end-other.ts';
import { isAlive } from './machine.ts';
import { ownerProcess } from './owner-process.ts';
import { findRunFolders } from './run-folder.ts';
import { serveStatus } from './status-server.ts';
import { writeTokenFile } from './token-file.ts';
import { untilEnd } from './until-end.ts';

/** What an agent needs from this machine. */
export const agentMachine: AgentMachine = {
  pid: process.pid,
  findRunFolders,
  writeTokenFile,
  removeFile: unlinkQuietly,
  serveStatus,
  untilEnd,
  isAlive,
  ownerProcess: (env) => ownerProcess(env),
  startBackground,
  answerStarter,
  readMessage,
  detach,
  endOther,
};
