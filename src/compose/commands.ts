import { isatty } from 'node:tty';
import type { CliRuntime, LazyCommandName } from '../cli/command-line.ts';
import type { Outcome } from '../cli/outcome.ts';
import { runLazyCommand } from '../cli/run-command.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import { askSecret } from '../platform/ask-secret.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { createDeadline } from '../platform/deadline.ts';
import { createHttp } from '../platform/http/http.ts';
import { observedSend } from '../platform/http/observed-send.ts';
import { runCommand } from '../platform/run-command.ts';
import { writeWhole } from '../platform/terminal.ts';
import { readStdin } from '../platform/text-file.ts';
import { updateFile } from '../platform/update-file.ts';
import type { Channel, ChannelSettings } from '../usecases/http-channel.ts';
import type { Observe } from '../usecases/trace-event.ts';
import { connect } from './kubernetes.ts';

/**
 * The third part of the composition root: commands that are not on the way of a client, and what
 * only they need; see `cli/slow-commands.ts`. Loaded by main when such a command is run.
 * @throws DexchangeError
 */
export function slowCommand(
  command: LazyCommandName,
  parsed: ParsedArguments,
  runtime: CliRuntime,
): Promise<string | Outcome> {
  return runLazyCommand(command, parsed, {
    ...runtime,
    cacheFiles: cacheFolderFiles,
    readStdin,
    isTerminal: (stream) => isatty(stream),
    runCommand: (words, env, timeoutMs) =>
      runCommand(words, env, createDeadline(timeoutMs, { now: () => performance.now() })),
    openChannel: (settings, observe) => openChannel(settings, observe, runtime),
    connect: (context, timeoutMs) => connect(context, timeoutMs, runtime),
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
  { version, debug, now }: CliRuntime,
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
      now: () => now().wallMs,
      random: Math.random,
      debug,
      ...(observe && { observe: (event) => observe({ kind: 'http', event }) }),
    },
  );
  return { send: observedSend(http, version, observe), close: () => http.close() };
}
