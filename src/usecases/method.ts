/** The ways in which a pipeline can be known to the Kubernetes API. */
export type Method = 'token-exchange' | 'service-account' | 'basic-auth';
