package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
)

// unfinished is a provisioning of which the API has no volume yet. It stands in a file in the share's root from before
// the first directory is made until the volume is saved, so that a provisioner that was killed between the two knows
// which directories nobody else will ever ask for. A file in the directory itself would be seen by the Pods.
type unfinished struct {
	Volume    string               `json:"volume"`
	Claim     types.NamespacedName `json:"claim"`
	ClaimUID  types.UID            `json:"claimUID"`
	Directory string               `json:"directory"`
	// Parents is the topmost directory above Directory that provisioners made, "" when there is none.
	Parents string `json:"parents,omitempty"`
	// made is false for a directory that was there before: nothing is to be undone, and there is no file.
	made  bool
	begun time.Time // zero: by a process before this one
}

// recordPrefix is refused as the beginning of a directory's name.
const recordPrefix = ".provisioning-"

func (s share) writeRecord(record unfinished) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return s.inRoot(func(root *os.Root) error {
		if err := removeIfThere(root, recordPrefix+record.Volume); err != nil {
			return err
		}
		file, err := root.OpenFile(recordPrefix+record.Volume, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = file.Write(text)
		return errors.Join(err, file.Close())
	})
}

func (s share) removeRecord(volume string) error {
	return s.inRoot(func(root *os.Root) error { return removeIfThere(root, recordPrefix+volume) })
}

// readRecords returns what earlier processes left. A record that was not written to its end preceded every directory,
// so it is removed; one that somebody else wrote is left alone.
func (s share) readRecords() ([]unfinished, error) {
	var records []unfinished
	err := s.inRoot(func(root *os.Root) error {
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return err
		}
		for _, entry := range entries {
			volume, ok := strings.CutPrefix(entry.Name(), recordPrefix)
			if !ok || !entry.Type().IsRegular() {
				continue
			}
			text, err := root.ReadFile(entry.Name())
			if err != nil {
				return err
			}
			if len(text) == 0 {
				if err := root.Remove(entry.Name()); err != nil {
					return err
				}
				continue
			}
			record, err := parseRecord(volume, text)
			if err != nil {
				klog.ErrorS(err, "Left alone a file that looks like a record of this provisioner", "file", entry.Name())
				continue
			}
			records = append(records, record)
		}
		return nil
	})
	return records, err
}

func parseRecord(volume string, text []byte) (unfinished, error) {
	record := unfinished{made: true}
	if err := json.Unmarshal(text, &record); err != nil {
		return record, err
	}
	if directory, err := cleanDirectory(record.Directory); err != nil || directory != record.Directory || record.Volume != volume {
		return record, fmt.Errorf("volume %q, directory %q: not a record of volume %s (%v)", record.Volume, record.Directory, volume, err)
	}
	if record.Parents != "" && !inside(record.Directory, record.Parents) {
		return record, fmt.Errorf("%q does not lie inside %q", record.Directory, record.Parents)
	}
	return record, nil
}

func removeIfThere(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
