//! Attacks on the disk: an owner's files have an end, however they are made.

use crate::fixture::{Attack, stopped};

#[test]
fn the_disk_cannot_be_filled() {
    const ATTACKS: &[Attack] = &[
        ("open(MARK, 'wb').write(bytes(20 << 20))", "EFBIG", "open(MARK, 'wb').write(bytes(4 << 20))"),
        (
            "for i in range(99): open(f'{MARK}{i}', 'wb').write(bytes(1 << 20))",
            "ENOSPC",
            "open(MARK, 'wb').write(bytes(1 << 20))",
        ),
        (
            "for i in range(9999): open(f'f{i}', 'w').close()",
            "ENOSPC",
            "for i in range(900): open(f'f{i}', 'w').close()",
        ),
        (
            "import os\nfor i in range(9999): os.mkdir(f'd{i}')",
            "ENOSPC",
            "import os\nfor i in range(900): os.mkdir(f'd{i}')",
        ),
        (
            "import os\nfor i in range(9999): os.symlink('x' * 4000, f'l{i}')",
            "ENOSPC",
            "import os; os.symlink('x' * 4000, 'l')",
        ),
        (
            "import os; open('a', 'w')\nfor i in range(9999): os.link('a', f'l{i}')",
            "ENOSPC|EMLINK",
            "import os; open('a', 'w'); os.link('a', 'b')",
        ),
        (
            "import os; os.truncate(os.open(MARK, 66), 1 << 40)",
            "EFBIG",
            "import os; os.truncate(os.open(MARK, 66), 1 << 20)",
        ),
        (
            "import os\nfor i in range(9): os.truncate(os.open(f'f{i}', 66), 15 << 20)",
            "ENOSPC",
            "import os; os.truncate(os.open(MARK, 66), 15 << 20)",
        ),
        (
            "
            import os
            kept = []
            while True:
                kept.append(open('x', 'wb', buffering=0))
                kept[-1].write(bytes(1 << 20)) == 1 << 20 or kept[-1].write(b'x')
                os.unlink('x')
            ",
            "ENOSPC",
            "
            import os
            for i in range(99):
                with open('x', 'wb') as f: f.write(bytes(1 << 20)); os.unlink('x')
            ",
        ),
        (
            "
            import os
            for i in range(999): os.mkdir('d'); os.chdir('d')
            ",
            "ENAMETOOLONG|ENOSPC",
            "
            import os
            for i in range(50): os.mkdir('d'); os.chdir('d')
            ",
        ),
        (
            "
            import os
            open('a', 'wb').write(bytes(9 << 20))
            for i in range(99): os.rename('a', 'b'); open('a', 'wb').write(bytes(6 << 20)); os.rename('b', f'c{i}')
            ",
            "ENOSPC",
            "
            import os
            open('a', 'wb').write(bytes(9 << 20))
            for i in range(99): os.rename('a', 'b'); os.rename('b', 'a')
            ",
        ),
    ];
    stopped("disk", ATTACKS);
}
