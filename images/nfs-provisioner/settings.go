package main

import (
	"errors"
	"fmt"
	"path"
	"strconv"
)

// settings are what the Deployment tells the provisioner.
type settings struct {
	provisionerName string
	server          string // name or address of the NFS server, as it will stand in each PersistentVolume
	sharePath       string // the exported directory, clean and absolute, never "/"
	leaderElection  bool
}

// settingsFromEnvironment reads PROVISIONER_NAME, NFS_SERVER, NFS_PATH and ENABLE_LEADER_ELECTION, and reports
// everything wrong at once.
func settingsFromEnvironment(variable func(name string) string) (settings, error) {
	read := settings{
		provisionerName: variable("PROVISIONER_NAME"),
		server:          variable("NFS_SERVER"),
	}
	if read.provisionerName == "" {
		read.provisionerName = "k8s-sigs.io/nfs-subdir-external-provisioner"
	}
	var problems []error
	if read.server == "" {
		problems = append(problems, errors.New("NFS_SERVER is not set: give it the name or address of the NFS server"))
	}
	sharePath, err := cleanSharePath(variable("NFS_PATH"))
	problems = append(problems, err)
	read.sharePath = sharePath

	if election := variable("ENABLE_LEADER_ELECTION"); election != "" {
		if read.leaderElection, err = strconv.ParseBool(election); err != nil {
			problems = append(problems, fmt.Errorf("ENABLE_LEADER_ELECTION is %q, it must be true or false", election))
		}
	}
	return read, errors.Join(problems...)
}

func cleanSharePath(sharePath string) (string, error) {
	switch {
	case sharePath == "":
		return "", errors.New("NFS_PATH is not set: give it the directory that the NFS server exports")
	case !path.IsAbs(sharePath):
		return "", fmt.Errorf("NFS_PATH is %q, it must be an absolute path such as /export", sharePath)
	case path.Clean(sharePath) == "/":
		return "", fmt.Errorf("NFS_PATH is %q: the root of a server is not accepted, a mistake in a StorageClass could reach "+
			"everything on it; export a directory and give its path", sharePath)
	}
	return path.Clean(sharePath), nil
}

func (s settings) notMade(err error) error {
	return fmt.Errorf("make the directory on the share %s:%s: %w", s.server, s.sharePath, err)
}
