import type { Send } from '../../http/message.ts';
import type { Observe } from '../../usecases/trace-event.ts';
import type { Http } from './http.ts';

/** Sends as this program, and tells an observer what is sent and what comes back. */
export function observedSend(http: Http, version: string, observe: Observe | undefined): Send {
  return async (request) => {
    observe?.({ kind: 'request', request });
    const response = await http.send({
      ...request,
      headers: [...request.headers, ['user-agent', `dexchange/${version}`]],
    });
    observe?.({ kind: 'response', response });
    return response;
  };
}
