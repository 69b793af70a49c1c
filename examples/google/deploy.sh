#!/bin/sh
# On a machine of Google with a service account attached. A plain machine sets no variable to be
# recognised by, so the identity is named.
set -e
export KUBECONFIG=kubeconfig.yaml DEXCHANGE_CONNECTOR_ID=google DEXCHANGE_IDENTITY=google
export DEXCHANGE_CLIENT_SECRET_COMMAND='gcloud secrets versions access latest --secret=dex-client-secret'
dexchange get-token --identity google -o token > /dev/null
kubectl get ns
