//! What different hosts say.

use super::*;

const V2_MOUNT: &str = "\
    24 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n\
    25 24 0:24 / /proc rw,nosuid - proc proc rw\n\
    35 28 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";

const V1_MOUNTS: &str = "\
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:10 - cgroup cgroup rw,cpu,cpuacct\n\
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:11 - cgroup cgroup rw,memory\n\
    39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:12 - cgroup cgroup rw,pids\n\
    40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime shared:13 - cgroup cgroup rw,xattr,name=systemd\n";

const V1_GROUPS: &str = "9:name=systemd:/user.slice\n8:pids:/\n4:memory:/batch/seven\n2:cpu,cpuacct:/\n0::/\n";

fn place(mount: &str, own: &str) -> Place {
    Place { mount: mount.into(), own: own.into() }
}

fn v1(hierarchy: Hierarchy) -> (Place, Place) {
    match hierarchy {
        Hierarchy::V1 { memory, pids } => (memory, pids),
        other => panic!("{other:?}"),
    }
}

fn v2(hierarchy: Hierarchy) -> Place {
    match hierarchy {
        Hierarchy::V2(place) => place,
        other => panic!("{other:?}"),
    }
}

fn lack(hierarchy: Hierarchy) -> Lack {
    match hierarchy {
        Hierarchy::None(lack) => lack,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_with_v2_shows_one_tree() {
    let found = v2(Hierarchy::in_texts(V2_MOUNT, "0::/system.slice/zookws.service\n"));
    assert_eq!(found, place("/sys/fs/cgroup", "system.slice/zookws.service"));
    assert_eq!(v2(Hierarchy::in_texts(V2_MOUNT, "0::/\n")), place("/sys/fs/cgroup", ""));
}

#[test]
fn a_host_with_v1_shows_a_tree_for_each_controller_and_a_group_in_each() {
    let (memory, pids) = v1(Hierarchy::in_texts(V1_MOUNTS, V1_GROUPS));
    assert_eq!(memory, place("/sys/fs/cgroup/memory", "batch/seven"));
    assert_eq!(pids, place("/sys/fs/cgroup/pids", ""));
}

#[test]
fn controllers_that_share_a_tree_are_found_in_it() {
    let mounts = "50 31 0:40 / /cg rw - cgroup none rw,pids,memory\n";
    let (memory, pids) = v1(Hierarchy::in_texts(mounts, "5:pids,memory:/a\n"));
    assert_eq!((&memory, &memory), (&pids, &place("/cg", "a")));
}

#[test]
fn a_hybrid_host_is_used_where_its_controllers_are() {
    let hybrid = format!("{V1_MOUNTS}41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n");
    v1(Hierarchy::in_texts(&hybrid, V1_GROUPS));
    // Both controllers in v2, others left in v1.
    let others = V1_GROUPS.replace("8:pids:/\n4:memory:/batch/seven\n", "");
    assert_eq!(v2(Hierarchy::in_texts(&hybrid, &others)), place("/sys/fs/cgroup/unified", ""));
    // One here and one there.
    let split = V1_GROUPS.replace("8:pids:/\n", "");
    assert!(matches!(lack(Hierarchy::in_texts(&hybrid, &split)), Lack::NotMounted));
}

#[test]
fn a_host_without_hierarchy_is_told_as_such() {
    let plain = "24 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n";
    assert!(matches!(lack(Hierarchy::in_texts(plain, "0::/\n")), Lack::NotMounted));
    assert!(matches!(lack(Hierarchy::in_texts(plain, "")), Lack::NotMounted));
    assert!(matches!(lack(Hierarchy::in_texts("", V1_GROUPS)), Lack::NotMounted));
    assert!(matches!(lack(Hierarchy::in_texts("nonsense - \n- -\n", ":::\nx")), Lack::NotMounted));
}

#[test]
fn a_container_that_sees_only_its_own_part_is_found_in_it() {
    let bound = "35 28 0:30 /docker/c0ffee /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    assert_eq!(v2(Hierarchy::in_texts(bound, "0::/docker/c0ffee/init\n")), place("/sys/fs/cgroup", "init"));
    assert!(matches!(lack(Hierarchy::in_texts(bound, "0::/docker/other\n")), Lack::OutOfSight(_)));
    assert!(matches!(lack(Hierarchy::in_texts(bound, "0::/docker/c0ffee2\n")), Lack::OutOfSight(_)));
    // Entered from a group beside: the namespace shows the way up, and the mount nothing of it.
    assert!(matches!(lack(Hierarchy::in_texts(V2_MOUNT, "0::/../../other\n")), Lack::OutOfSight(_)));
}

#[test]
fn a_path_with_blanks_is_read_as_it_is() {
    let mounts = "35 28 0:30 / /a\\040b\\134c rw - cgroup2 cgroup2 rw\n";
    assert_eq!(v2(Hierarchy::in_texts(mounts, "0::/with blank\n")), place("/a b\\c", "with blank"));
}
