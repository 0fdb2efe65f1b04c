package main

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Whatever claims ask for, in whatever order they come, go, and are interrupted by the death of the process: no file is
// lost that a deletion did not mean, and at the end there is what was there at the beginning.
func TestNoOrderOfEventsLosesDataOrLeavesDirectories(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			life := newLife(t, seed)
			for range 60 {
				life.step(t)
				life.checkData(t)
			}
			life.end(t)
		})
	}
}

type life struct {
	*lab
	random  *rand.Rand
	volumes map[string]*v1.PersistentVolume // saved
	data    map[string]bool                 // files that must be there
	before  []string
	claims  int
}

func newLife(t *testing.T, seed uint64) *life {
	lab := newLab(t, map[string]string{"pathPattern": "${.PVC.annotations.path}", "onDelete": "delete"})
	life := &life{lab: lab, random: rand.New(rand.NewPCG(seed, 1)), volumes: map[string]*v1.PersistentVolume{}, data: map[string]bool{}}
	for _, file := range []string{"precious", "by-hand/precious", "a/by-hand/precious"} {
		write(t, lab.share, file)
		life.data[file] = true
	}
	mustSucceed(t, os.MkdirAll(filepath.Join(lab.share.mount, "b/empty"), 0o755))
	life.before = tree(t, lab.share)
	return life
}

func (l *life) step(t *testing.T) {
	switch l.random.IntN(10) {
	case 0: // killed, and back
		l.restart(t)
	case 1, 2, 3: // a claim is deleted
		for name, volume := range l.volumes {
			l.deleteVolume(t, name, volume)
			break
		}
	case 4:
		mustSucceed(t, l.tidy(t.Context()))
	default:
		l.claim(t)
	}
}

func (l *life) claim(t *testing.T) {
	l.claims++
	claim := claimWithPath(fmt.Sprint("claim-", l.claims), l.anyPath())
	volume, _, err := l.provision(t, claim)
	if err != nil {
		return
	}
	if l.random.IntN(3) == 0 { // killed before the volume is saved, the claim deleted meanwhile
		l.restart(t)
		return
	}
	l.save(t, volume)
	l.volumes[volume.Name] = volume
	file := path.Join(strings.TrimPrefix(volume.Spec.NFS.Path, "/export/"), "data-of-"+volume.Name)
	write(t, l.share, file)
	l.data[file] = true
}

func (l *life) anyPath() string {
	names := []string{"a", "b", "c", "by-hand", "empty", "..", ".", "", "precious", "archived-a", recordPrefix + "pvc-1"}
	var parts []string
	for range 1 + l.random.IntN(3) {
		parts = append(parts, names[l.random.IntN(len(names))])
	}
	return strings.Join(parts, "/")
}

func (l *life) deleteVolume(t *testing.T, name string, volume *v1.PersistentVolume) {
	directory := strings.TrimPrefix(volume.Spec.NFS.Path, "/export/")
	mustSucceed(t, l.Delete(t.Context(), volume))
	delete(l.volumes, name)
	l.forget(volume)
	if _, made := volume.Annotations[madeDirectory]; made {
		maps.DeleteFunc(l.data, func(file string, _ bool) bool { return inside(file, directory) })
		return
	}
	mine := path.Join(directory, "data-of-"+name) // left, as it must be: a person would tidy up now
	delete(l.data, mine)
	mustSucceed(t, os.Remove(filepath.Join(l.share.mount, mine)))
}

func (l *life) checkData(t *testing.T) {
	for file := range l.data {
		if _, err := os.Stat(filepath.Join(l.share.mount, file)); err != nil {
			t.Fatal(err)
		}
	}
}

func (l *life) end(t *testing.T) {
	for name, volume := range l.volumes {
		l.deleteVolume(t, name, volume)
	}
	l.restart(t)
	mustSucceed(t, l.tidy(t.Context()))
	if after := tree(t, l.share); !slices.Equal(after, l.before) {
		t.Errorf("the share has %v, it had %v", after, l.before)
	}
	if left, _ := l.client.CoreV1().PersistentVolumes().List(t.Context(), metav1.ListOptions{}); len(left.Items) > 0 {
		t.Errorf("%d volumes are left", len(left.Items))
	}
}

func tree(t *testing.T, share share) []string {
	t.Helper()
	var names []string
	mustSucceed(t, filepath.WalkDir(share.mount, func(file string, _ fs.DirEntry, err error) error {
		names = append(names, file)
		return err
	}))
	return names
}
