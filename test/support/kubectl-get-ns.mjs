// Stands for `kubectl get ns` and `d8 k get ns`: lists namespaces with the kubeconfig in KUBECONFIG,
// whose plugin it runs.
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const words = process.argv.slice(2).join(' ').replace(/^k /, '');
if (words !== 'get ns') throw new Error(`unknown command ${words}`);
const config = new KubeConfig();
config.loadFromFile(process.env['KUBECONFIG']);
const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
for (const { metadata } of items) console.log(metadata.name);
