package main

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
)

// Which directory a volume owns is written on its PersistentVolume: a file in the directory would be seen by the Pods,
// one beside it by everybody who looks at the share, and extended attributes need NFS 4.2 on both sides.
const (
	// madeDirectory names the directory that was made for this volume. It is the licence to remove it.
	madeDirectory = "nfs-provisioner.statelab.dev/made-directory"
	// foundDirectory names a directory that was there before this volume (a pathPattern leads to one that a retained
	// volume left, or that a person made). The volume uses it and leaves it where it is.
	foundDirectory = "nfs-provisioner.statelab.dev/found-directory"
	// madeParents names the topmost directory above this one that provisioners made. Every volume below carries it, and
	// whichever is the last to go takes the empty directories with it.
	madeParents = "nfs-provisioner.statelab.dev/made-parents"
)

func ownershipAnnotations(record unfinished) map[string]string {
	if !record.made {
		return map[string]string{foundDirectory: record.Directory}
	}
	annotations := map[string]string{madeDirectory: record.Directory}
	if record.Parents != "" {
		annotations[madeParents] = record.Parents
	}
	return annotations
}

// parentsMade is what a volume says of the directories above its own, "" when it says nothing or what cannot be.
func parentsMade(volume *v1.PersistentVolume, directory string) string {
	return topmost(directory, []string{volume.Annotations[madeParents]})
}

// ownedDirectory is the volume's directory, relative to the share, and whether it was made for this volume. An error
// means that nothing may be touched: either is the volume not of this share, or what it says of itself is contradictory.
//
// A volume of upstream's provisioner has no annotation. Its directory was made for it if both carry the UID of the
// claim that the volume is bound to: nobody can have had that UID before, and nobody gets it again.
func ownedDirectory(volume *v1.PersistentVolume, settings settings) (directory string, made bool, err error) {
	nfs := volume.Spec.NFS
	if nfs == nil {
		return "", false, fmt.Errorf("volume %s is not an NFS volume", volume.Name)
	}
	if nfs.Server != settings.server {
		return "", false, fmt.Errorf("volume %s is on the NFS server %q, this provisioner serves %q: its directory was not touched",
			volume.Name, nfs.Server, settings.server)
	}
	directory, ok := belowShare(settings.sharePath, nfs.Path)
	if !ok {
		return "", false, fmt.Errorf("volume %s has the path %q, which is not a directory below the share %q: nothing was touched",
			volume.Name, nfs.Path, settings.sharePath)
	}
	if volume.Annotations[foundDirectory] == directory {
		return directory, false, nil
	}
	if volume.Annotations[madeDirectory] == directory || isDefaultDirectory(directory, volume) {
		return directory, true, nil
	}
	return "", false, fmt.Errorf("nothing proves that the directory %q was made for volume %s (annotation %s): it was not touched; "+
		"move or delete it by hand, then the volume", nfs.Path, volume.Name, madeDirectory)
}

func isDefaultDirectory(directory string, volume *v1.PersistentVolume) bool {
	claim := volume.Spec.ClaimRef
	return claim != nil && claim.UID != "" && volume.Name == "pvc-"+string(claim.UID) &&
		directory == defaultDirectory(claim.Namespace, claim.Name, volume.Name)
}
