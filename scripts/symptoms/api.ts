import type { Symptom } from './symptom.ts';

/** What clients print if the API server does not do what they ask for. */
export const apiSymptoms: readonly Symptom[] = [
  {
    id: 'unauthorized',
    title: 'the API server does not accept the token',
    messages: [
      { by: ['kubectl'], text: 'error: You must be logged in to the server (Unauthorized)' },
      {
        by: ['kubectl'],
        text: 'error: You must be logged in to the server (the server has asked for the client to provide credentials)',
      },
      { by: ['helm'], text: 'the server has asked for the client to provide credentials' },
      { by: ['OpenTofu'], text: 'Error: Failed to get existing workspaces: Unauthorized' },
      { by: ['Python'], text: 'kubernetes.client.exceptions.UnauthorizedException: (401)' },
      { by: ['Ansible'], text: '[ERROR]: Task failed: Module failed: …401' },
      { by: ['JavaScript'], text: 'ApiException [Error]: HTTP-Code: 401' },
    ],
    cause:
      'the token is for another audience or cluster, has expired, or lacks a claim that the API server requires; or the kubeconfig contains an old token instead of the plugin. Only the log of kube-apiserver has the reason',
    fix: 'run `dexchange whoami --kubeconfig FILE --context NAME`, or `dexchange get-token --explain` with the arguments of the exec entry: both ask the API server and name the cause',
    more: [['api-unauthorized', 'the API server rejects the token (401 Unauthorized)']],
  },
  {
    id: 'forbidden',
    title: 'the user is not allowed to do this',
    messages: [
      {
        by: ['kubectl'],
        text: 'Error from server (Forbidden): … is forbidden: User "…" cannot … resource "…" in API group "…"…',
      },
      {
        by: ['helm', 'OpenTofu'],
        text: 'is forbidden: User "…" cannot … resource "…" in API group "…"…',
      },
      { by: ['Python'], text: 'kubernetes.client.exceptions.ForbiddenException: (403)' },
      { by: ['JavaScript'], text: 'ApiException [Error]: HTTP-Code: 403' },
    ],
    cause:
      'the token is valid, but no rule gives this user or its groups the permission. If the user is `system:anonymous`, the request had no token: see *the request is made by system:anonymous*. helm stores releases in secrets, so it needs them even to list releases',
    fix: 'run `dexchange whoami --kubeconfig FILE --context NAME` to see the user and the groups, and ask an administrator to add a rule for them',
    more: [
      ['api-forbidden', 'user EMAIL is not allowed to VERB RESOURCE (403 Forbidden)'],
      ['api-no-permissions', 'user EMAIL is authenticated, but has no permissions'],
    ],
  },
  {
    id: 'resource-not-found',
    title: 'the server is not an API server',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Error from server (NotFound): the server could not find the requested resource',
      },
      { by: ['Python'], text: 'kubernetes.client.exceptions.NotFoundException: (404)' },
      { by: ['JavaScript'], text: 'ApiException [Error]: HTTP-Code: 404' },
    ],
    cause:
      '`server` of the cluster names another server, such as Dex or a web page. If only one kind of resource causes this error, the cluster does not have that kind',
    fix: 'correct `server` in the kubeconfig: `https://api.DOMAIN` of publishAPI, or the address of kube-apiserver',
    more: [['api-odd-answer', 'the server does not respond like a Kubernetes API server']],
  },
];
