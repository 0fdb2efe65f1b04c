#!/bin/sh
# What statelab is compared with: the same cluster, NFS server and dynamic volume, made by hand, one step after another.
# Ends when a Pod has fsynced a file on a dynamic claim.
#
# NAME                cluster, network and NFS server are called by it
# KIND, KUBECTL       the programs
# KIND_CONFIG         kind's configuration, with the node image in it
# NFS_IMAGE, NFS_CAPABILITIES, NFS_SECCOMP   the NFS server, and what it may do
# PROVISIONER_IMAGE   the reference inside the nodes
# MANIFESTS           the folder of the provisioner's manifests
# KUBECONFIG          is written
set -eu

docker network create "$NAME"
subnet=$(docker network inspect --format '{{(index .IPAM.Config 0).Subnet}}' "$NAME")

set --
for capability in $NFS_CAPABILITIES; do set -- "$@" --cap-add "$capability"; done
docker run --detach --name "$NAME-nfs" --network "$NAME" --restart unless-stopped --env EXPORT_CLIENTS="$subnet" \
  --cap-drop ALL "$@" --security-opt no-new-privileges --security-opt "seccomp=$NFS_SECCOMP" \
  --volume "$NAME-nfs-export:/export" "$NFS_IMAGE"
until docker exec "$NAME-nfs" nfs-ready; do sleep 0.2; done
server=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$NAME-nfs")

KIND_EXPERIMENTAL_DOCKER_NETWORK=$NAME "$KIND" create cluster --name "$NAME" --config "$KIND_CONFIG" --wait 5m

"$KUBECTL" apply -f "$MANIFESTS/rbac.yaml" -f "$MANIFESTS/classes.yaml"
sed -e "s|nfs-server.example|$server|" -e "s|image: .*nfs-subdir-external-provisioner.*|image: $PROVISIONER_IMAGE|" \
  "$MANIFESTS/deployment.yaml" | "$KUBECTL" apply -f -
"$KUBECTL" -n kube-system rollout status deployment/nfs-client-provisioner --timeout 3m

"$KUBECTL" apply -f "$MANIFESTS/proof/claim.yaml" -f "$MANIFESTS/proof/pod.yaml"
"$KUBECTL" -n kube-system wait --for 'jsonpath={.status.phase}=Succeeded' pod/statelab-proof --timeout 2m
