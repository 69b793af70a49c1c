// Lists namespaces with the kubeconfig that is the first argument.
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromFile(process.argv[2]);
const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
for (const { metadata } of items) console.log(metadata.name);
