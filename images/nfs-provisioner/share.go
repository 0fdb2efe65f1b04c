package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// share is the mounted NFS share. Every directory is given relative to it. All access goes through os.Root, so that no
// name and no symbolic link, which any Pod can make in its volume, leads out of the share.
type share struct {
	mount string
}

// check says whether the share is there at all.
func (s share) check() error {
	info, err := os.Stat(s.mount)
	if err != nil {
		return fmt.Errorf("the share is not mounted at %s: %w", s.mount, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("the share is not mounted at %s: that is not a directory", s.mount)
	}
	return nil
}

// make makes the directory and those above it that are missing, open to every user whatever the umask is: a Pod may run
// as any. found says that it was there already. A directory that cannot be opened to all is taken back.
func (s share) make(directory string) (found bool, err error) {
	err = s.within(directory, func(root *os.Root) error {
		err := makeWithParents(root, directory)
		if found = errors.Is(err, fs.ErrExist); err != nil && !found {
			return err
		}
		if err := root.Chmod(directory, 0o777); err != nil {
			if !found {
				_ = root.Remove(directory) // empty, and what matters is why it could not be used
			}
			return err
		}
		return nil
	})
	return found, err
}

func makeWithParents(root *os.Root, directory string) error {
	var err error
	// Where the last other volume below a parent is deleted at the same time, the parent may go right after it was made.
	for range 10 {
		if parent := path.Dir(directory); parent != "." {
			if err = root.MkdirAll(parent, 0o755); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err = root.Mkdir(directory, 0o777); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return err
}

// missing says whether the directory is missing, and which is the topmost above it that is ("" when none is).
func (s share) missing(directory string) (parents string, missing bool, err error) {
	err = s.within(directory, func(root *os.Root) error {
		for _, candidate := range append([]string{directory}, parentsUpTo(directory, firstName(directory))...) {
			_, err := root.Lstat(candidate)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if err == nil {
				return nil
			}
			if missing = true; candidate != directory {
				parents = candidate
			}
		}
		return nil
	})
	return parents, missing, err
}

func firstName(directory string) string {
	first, _, _ := strings.Cut(directory, "/")
	return first
}

// removeEmpty removes the directory if there is nothing in it; one that is missing is removed already.
func (s share) removeEmpty(directory string) (removed bool, err error) {
	err = s.within(directory, func(root *os.Root) error {
		err := removeIfThere(root, directory)
		removed = err == nil
		if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST) {
			return nil
		}
		return err
	})
	return removed, err
}

// remove removes the directory with all that it contains. One that is missing is removed already.
func (s share) remove(directory string) error {
	return s.within(directory, func(root *os.Root) error { return root.RemoveAll(directory) })
}

// archive renames the directory to archived-NAME in the share's root and returns that name. Where an archive of that
// name exists (a pathPattern may lead to the same name again), the volume's name is added: upstream's rename fails then,
// for ever. One that is missing needs no archive and returns "".
func (s share) archive(directory, volume string) (archived string, err error) {
	err = s.within(directory, func(root *os.Root) error {
		if _, err := root.Lstat(directory); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		archived = archivedDirectory(directory)
		if _, err := root.Lstat(archived); err == nil {
			archived += "-" + volume
		}
		return root.Rename(directory, archived)
	})
	return archived, err
}

// within opens the share and refuses a directory that leads through a symbolic link or a file: os.Root keeps links
// inside the share, but there they may still lead into the directory of another volume.
func (s share) within(directory string, act func(root *os.Root) error) error {
	return s.inRoot(func(root *os.Root) error {
		if err := checkDirectories(root, directory); err != nil {
			return err
		}
		return act(root)
	})
}

func checkDirectories(root *os.Root, directory string) error {
	for end := range len(directory) + 1 {
		if end < len(directory) && directory[end] != '/' {
			continue
		}
		info, err := root.Lstat(directory[:end])
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%q on the share is %s, not a directory: nothing was touched", directory[:end], kindOf(info.Mode()))
		}
	}
	return nil
}

func (s share) inRoot(act func(root *os.Root) error) error {
	root, err := os.OpenRoot(s.mount)
	if err != nil {
		return err
	}
	defer root.Close()
	return act(root)
}

func kindOf(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return "a symbolic link"
	}
	return "a file"
}
