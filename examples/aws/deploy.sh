#!/bin/sh
# Runs on AWS with an IAM role: EC2, ECS, EKS, Lambda or CodeBuild. An administrator of the account has run
# `aws iam enable-outbound-web-identity-federation`, which prints the issuer, and the role may call
# sts:GetWebIdentityToken. The global endpoint of STS has no such tokens, so set a region.
set -e
export AWS_REGION=eu-west-1 KUBECONFIG=kubeconfig.yaml DEXCHANGE_CONNECTOR_ID=aws
export DEXCHANGE_CLIENT_SECRET_COMMAND='aws secretsmanager get-secret-value --secret-id dex-client-secret --query SecretString --output text'
export DEXCHANGE_SUBJECT_TOKEN_COMMAND='aws sts get-web-identity-token --audience https://dex.example.com/ --signing-algorithm RS256 --duration-seconds 300 --query WebIdentityToken --output text'
dexchange get-token --identity command -o token > /dev/null
kubectl get ns
