import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { HomeSuite } from './cli-suite.ts';
import { adminKubeconfig, type KubernetesStandIn, startKubernetesStandIn } from './kubernetes.ts';

/** A stand-in that the suite starts and closes. */
type RunningStandIn = Omit<KubernetesStandIn, 'close'>;

/**
 * Starts a stand-in for the Kubernetes API for the calling block. Before each test, it writes the
 * administrator's kubeconfig to the file `admin` of the home folder.
 * @param objects the objects of the cluster for each test, by path
 * @returns the stand-in, which is there while the tests run
 */
export function kubernetesSuite(
  suite: HomeSuite,
  objects: (kubernetes: RunningStandIn) => Record<string, unknown>,
): RunningStandIn {
  let kubernetes: KubernetesStandIn;
  beforeAll(async () => {
    kubernetes = await startKubernetesStandIn();
  });
  afterAll(() => kubernetes.close());
  beforeEach(() => {
    suite.write('admin', adminKubeconfig(kubernetes));
    kubernetes.behaviour.forbidden.clear();
    kubernetes.behaviour.objects = objects(kubernetes);
  });
  return {
    get url() {
      return kubernetes.url;
    },
    get caPem() {
      return kubernetes.caPem;
    },
    get requests() {
      return kubernetes.requests;
    },
    get behaviour() {
      return kubernetes.behaviour;
    },
  };
}
