#!/bin/sh
# Runs on a Google Cloud VM with an attached service account. A VM sets no variable that identifies it,
# so select the identity source explicitly. Cloud Build issues tokens only to a service account that you
# specify for the build, and that has the role roles/iam.serviceAccountOpenIdTokenCreator in its project.
set -e
export KUBECONFIG=kubeconfig.yaml DEXCHANGE_CONNECTOR_ID=google DEXCHANGE_IDENTITY=google
export DEXCHANGE_CLIENT_SECRET_COMMAND='gcloud secrets versions access latest --secret=dex-client-secret'
dexchange get-token --identity google -o token > /dev/null
kubectl get ns
