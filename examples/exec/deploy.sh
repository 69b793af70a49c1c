#!/bin/sh
# Runs Terraform (or OpenTofu: replace terraform with tofu) and helm for an hour, with tokens that are valid for
# ten minutes. Works in every CI system in these examples: set KUBECONFIG to the kubeconfig that runs dexchange.
# main.tf needs no settings of the cluster.
set -eu

terraform init -input=false
dexchange exec -- terraform apply -input=false -auto-approve
dexchange exec -- helm upgrade --install app ./chart --wait --timeout 1h

# One credential for many commands.
dexchange exec -- sh -eu <<'EOF'
for deployment in web worker; do
  kubectl rollout status deployment "$deployment" --timeout 20m
done
EOF
