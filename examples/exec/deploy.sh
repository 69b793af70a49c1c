#!/bin/sh
# An hour of Terraform (or OpenTofu: tofu instead of terraform) and helm, with tokens of ten minutes. Works in
# every CI system in these examples, with their kubeconfig, which runs dexchange, in KUBECONFIG. main.tf
# needs no settings of the cluster.
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
