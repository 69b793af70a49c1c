import { isatty } from 'node:tty';
import type { CliOutside, SlowCommandName } from './cli/command-line.ts';
import type { Outcome } from './cli/outcome.ts';
import { runSlowCommand } from './cli/slow-commands.ts';
import { connect } from './cluster.ts';
import type { ParsedArguments } from './config/parse-arguments.ts';
import { askSecret } from './platform/ask-secret.ts';
import { cacheFolderFiles } from './platform/cache-folder.ts';
import { createDeadline } from './platform/deadline.ts';
import { createHttp } from './platform/http/http.ts';
import { observedSend } from './platform/http/observed-send.ts';
import { runCommand } from './platform/run-command.ts';
import { writeWhole } from './platform/terminal.ts';
import { readStdin } from './platform/text-file.ts';
import { updateFile } from './platform/update-file.ts';
import type { Channel, ChannelSettings } from './usecases/http-channel.ts';
import type { Observe } from './usecases/run-event.ts';

/**
 * The third part of the composition root: commands that are not on the way of a client, and what
 * only they need; see `cli/slow-commands.ts`. Loaded by main when such a command is run.
 * @throws DexchangeError
 */
export function slowCommand(
  command: SlowCommandName,
  parsed: ParsedArguments,
  outside: CliOutside,
): Promise<string | Outcome> {
  return runSlowCommand(command, parsed, {
    ...outside,
    cacheFiles: cacheFolderFiles,
    readStdin,
    isTerminal: (stream) => isatty(stream),
    runCommand: (words, env, timeoutMs) =>
      runCommand(words, env, createDeadline(timeoutMs, { now: () => performance.now() })),
    openChannel: (settings, observe) => openChannel(settings, observe, outside),
    connect: (context, timeoutMs) => connect(context, timeoutMs, outside),
    askSecret,
    updateFile,
    tell: (line) => {
      writeWhole(2, `${line}\n`);
    },
  });
}

/** A way to servers beyond those of the exchange, for commands that explain. */
function openChannel(
  settings: ChannelSettings,
  observe: Observe | undefined,
  { version, debug, moment }: CliOutside,
): Channel {
  const deadline = createDeadline(settings.timeoutMs, { now: () => performance.now() });
  const { clientCertificatePem, clientKeyPem, ...others } = settings;
  const http = createHttp(
    {
      ...others,
      ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
      ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
    },
    deadline,
    {
      now: () => moment().wallMs,
      random: Math.random,
      debug,
      ...(observe && { observe: (event) => observe({ kind: 'http', event }) }),
    },
  );
  return { send: observedSend(http, version, observe), close: () => http.close() };
}
