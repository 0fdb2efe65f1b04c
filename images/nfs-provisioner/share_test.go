package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestADirectoryIsOpenToAllWhateverTheUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	share := share{mount: t.TempDir()}
	if found, err := share.make("team/data"); err != nil || found {
		t.Fatal(found, err)
	}
	info, err := os.Stat(filepath.Join(share.mount, "team/data"))
	if err != nil || info.Mode().Perm() != 0o777 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if found, err := share.make("team/data"); err != nil || !found {
		t.Fatal("a directory that is there is not said to be found:", found, err)
	}
}

func TestRemoveTakesTheDirectoryOnly(t *testing.T) {
	share := shareWith(t, "a/file", "a/deep/er/file", "ab/file", "file")
	mustSucceed(t, share.remove("a"))
	mustSucceed(t, share.remove("a")) // missing is removed already
	mustSucceed(t, share.remove("never/was"))
	wantTree(t, share, "ab/file", "file")
}

func TestArchiveKeepsContentAndFindsAFreeName(t *testing.T) {
	share := shareWith(t, "team/data/one")
	archived, err := share.archive("team/data", "pvc-1")
	if err != nil || archived != "archived-data" {
		t.Fatal(archived, err)
	}
	write(t, share, "team/data/two")
	archived, err = share.archive("team/data", "pvc-2")
	if err != nil || archived != "archived-data-pvc-2" {
		t.Fatal(archived, err)
	}
	if archived, err = share.archive("team/data", "pvc-3"); err != nil || archived != "" {
		t.Fatal("a missing directory:", archived, err)
	}
	wantTree(t, share, "archived-data/one", "archived-data-pvc-2/two")
}

func TestSymbolicLinksAndFilesInTheWayAreRefused(t *testing.T) {
	outside := t.TempDir()
	writeFile(t, filepath.Join(outside, "d/precious"))
	share := shareWith(t, "victim/d/precious", "file")
	for link, target := range map[string]string{"out": outside, "sideways": "victim"} {
		mustSucceed(t, os.Symlink(target, filepath.Join(share.mount, link)))
	}
	for _, directory := range []string{"out", "out/d", "out/new", "sideways", "sideways/d", "sideways/new", "file", "file/new"} {
		if _, err := share.make(directory); err == nil {
			t.Errorf("made %s", directory)
		}
		if err := share.remove(directory); err == nil {
			t.Errorf("removed %s", directory)
		}
		if _, err := share.archive(directory, "pvc-1"); err == nil {
			t.Errorf("archived %s", directory)
		}
	}
	wantTree(t, share, "file", "victim/d/precious")
	if _, err := os.Stat(filepath.Join(outside, "d/precious")); err != nil {
		t.Error(err)
	}
}

func TestLinksInsideAVolumeAreRemovedAndNotFollowed(t *testing.T) {
	share := shareWith(t, "mine/file", "victim/precious")
	mustSucceed(t, os.Symlink("../victim", filepath.Join(share.mount, "mine/link")))
	mustSucceed(t, share.remove("mine"))
	wantTree(t, share, "victim/precious")
}

func TestAShareThatIsNotMountedIsSaid(t *testing.T) {
	mustFail(t, share{mount: filepath.Join(t.TempDir(), "none")}.check(), "not mounted")
	mustSucceed(t, share{mount: t.TempDir()}.check())
}
