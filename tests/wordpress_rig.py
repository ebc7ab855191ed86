"""A real WordPress for the tests, started from Debian's packages in a folder of its own.

It needs `wordpress`, `mariadb-server-core`, `php-cli` and `php-mysql`, and listens on loopback only:
MariaDB on a socket in that folder, PHP's own web server on a free port.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.conftest import answers, need, until

PROGRAM = Path("/usr/share/wordpress")
PARTS = "WordPress (Debian's packages wordpress, mariadb-server-core, php-cli, php-mysql)"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)

_CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', '%(address)s');
define('WP_SITEURL', '%(address)s');
// Application passwords without https.
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
// Every save leaves the post with its number only, so that numbers follow each other.
define('WP_POST_REVISIONS', false);
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""
# Calls functions of WordPress as its administrator, in one transaction of the web server.
_CALLS = """<?php
[$installing, $calls] = json_decode(file_get_contents('php://input'), true);
if ($installing) {
    define('WP_INSTALLING', true);
}
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/' . ($installing ? 'upgrade.php' : 'admin.php');
if ($installing) {
    // It would ask itself for pretty addresses, and this server answers one question at a time.
    add_filter('pre_http_request', fn() => new WP_Error('http_request_failed', 'not now'));
} else {
    wp_set_current_user(1);
}
// As the editor does it: first a draft, whose guid has its number, and then what it is to be.
function rig_post($post) {
    if (isset($post['post_date_gmt'])) {
        $post['post_date'] = get_date_from_gmt($post['post_date_gmt']);
    }
    $draft = wp_insert_post(wp_slash(['post_status' => 'draft'] + $post), true);
    if (is_wp_error($draft)) {
        return $draft;
    }
    return wp_update_post(['ID' => $draft, 'post_status' => $post['post_status'], 'edit_date' => true], true);
}
function rig_sql($statement) {
    global $wpdb;
    return $wpdb->query($statement) === false ? new WP_Error('sql', $wpdb->last_error) : true;
}
$results = [];
foreach ($calls as [$function, $arguments]) {
    if (in_array($function, ['wp_update_post', 'wp_insert_attachment'], true)) {
        $arguments[0] = wp_slash($arguments[0]);
    }
    $result = $function(...$arguments);
    if (is_wp_error($result)) {
        status_header(500);
        exit("$function: " . $result->get_error_message());
    }
    $results[] = $result;
}
header('Content-Type: application/json');
echo json_encode($results);
"""
_ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file(__DIR__ . $path)) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
require __DIR__ . '/index.php';
"""
_THEME = {
    "style.css": "/* Theme Name: Plain */",
    "index.php": "<!DOCTYPE html><html <?php language_attributes(); ?>><head><title>"
    "<?php bloginfo('name'); ?></title><?php wp_head(); ?></head><body><p>Welcome.</p></body></html>",
}


@dataclass(slots=True)
class RealWordPress:
    """A WordPress that answers at `address`, and what its administrator does there."""

    address: str
    folder: Path

    def call(self, function: str, *arguments: object) -> Any:
        """Call a function of WordPress and return what it returns."""
        return self.calls([(function, arguments)])[0]

    def calls(self, calls: Sequence[tuple[str, Sequence[object]]], *, installing: bool = False) -> list[Any]:
        """Call several. Raises: AssertionError, with what WordPress says of an error."""
        asked = Request(f"{self.address}/rig.php", data=json.dumps([installing, calls]).encode())
        try:
            with urlopen(asked, timeout=60) as answer:
                said = answer.read().decode()
        except HTTPError as error:
            said = error.read().decode()
        try:
            results = json.loads(said)
        except ValueError:
            log = (self.folder / "php.log").read_text(errors="replace")
            raise AssertionError(f"{said[-500:]}\n{log[-3000:]}") from None
        assert isinstance(results, list)
        return results

    def post(self, title: str, content: str = "", *tags: str, **fields: object) -> int:
        """Publish a post, and return its number.

        `fields` are those of `wp_insert_post` without "post_": `status`, `date_gmt`, `excerpt`,
        `author`, `name`, `password`, `category` (a list of numbers).
        """
        made = {"title": title, "content": content, "status": "publish"} | fields
        named = {f"post_{name}": value for name, value in made.items()}
        return int(self.call("rig_post", named | {"tags_input": tags}))

    def edit(self, post: int, **fields: object) -> None:
        given = {f"post_{name}": value for name, value in fields.items()}
        self.call("wp_update_post", {"ID": post} | given, True)

    def delete(self, post: int) -> None:
        self.call("wp_delete_post", post, True)

    def trash(self, post: int) -> None:
        self.call("wp_trash_post", post)

    def schedule(self, title: str, content: str = "", *tags: str) -> int:
        """Let a post come out tomorrow."""
        tomorrow = _written(datetime.now(UTC) + timedelta(days=1))
        return self.post(title, content, *tags, status="future", date_gmt=tomorrow)

    def release(self, post: int) -> None:
        """Let the hour of a scheduled post have come; nothing else of it changes."""
        came = _written(datetime.now(UTC) - timedelta(seconds=5))
        self.sql(f"UPDATE wp_posts SET post_date_gmt = '{came}' WHERE ID = {post:d}")
        self.calls([("clean_post_cache", [post]), ("check_and_publish_future_post", [post])])

    def tag(self, post: int, *names: str) -> None:
        """Give a post just these tags, as a bulk edit does: the post itself is not touched."""
        self.call("wp_set_post_tags", post, names)

    def rename_tag(self, name: str, to: str) -> None:
        """Rename a tag, and nothing else."""
        tag = self.call("get_term_by", "name", name, "post_tag")
        self.call("wp_update_term", tag["term_id"], "post_tag", {"name": to})

    def category(self, name: str) -> int:
        return int(self.call("wp_create_category", name))

    def user(self, login: str, display_name: str) -> int:
        made = {"user_login": login, "user_pass": "x", "display_name": display_name, "role": "author"}
        return int(self.call("wp_insert_user", made))

    def picture(self, file: str, caption: str = "", alt: str = "", description: str = "") -> int:
        """Upload a picture and return its number."""
        uploads = self.folder / "site" / "wp-content" / "uploads"
        uploads.mkdir(exist_ok=True)
        (uploads / file).write_bytes(PIXEL)
        made = {"post_title": file, "post_excerpt": caption, "post_content": description}
        number = int(self.call("wp_insert_attachment", made | {"post_mime_type": "image/png"}, file, 0, True))
        self.call("update_post_meta", number, "_wp_attachment_image_alt", alt)
        return number

    def feature(self, post: int, picture: int) -> None:
        self.call("set_post_thumbnail", post, picture)

    def application_password(self, user: int = 1) -> str:
        made = "WP_Application_Passwords::create_new_application_password"
        return str(self.call(made, user, {"name": f"feeder {os.urandom(4).hex()}"})[0])

    def copy(self, post: int, times: int) -> None:
        """Copy a post many times, with guids and addresses of their own."""
        columns = "post_author, post_date, post_date_gmt, post_content, post_excerpt, to_ping, pinged,"
        columns += " post_content_filtered, post_status, post_modified, post_modified_gmt"
        self.sql(
            f"INSERT INTO wp_posts ({columns}, post_title, post_name, guid) SELECT {columns},"
            f" CONCAT('Copy ', seq), CONCAT('copy-', seq), CONCAT('{self.address}/?copy=', seq)"
            f" FROM wp_posts, seq_1_to_{times:d} WHERE ID = {post:d}"
        )

    def sql(self, statement: str) -> None:
        """Change the database behind WordPress's back."""
        self.call("rig_sql", statement)


@contextmanager
def real_wordpress() -> Iterator[RealWordPress]:
    """Start and install a WordPress, with no post in it; everything of it is removed at the end."""
    need(all(map(_program, ("php", "mariadbd", "mariadb-install-db"))) and PROGRAM.is_dir(), PARTS)
    folder = Path(tempfile.mkdtemp(prefix="feeder-wordpress-"))
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        wordpress = RealWordPress(f"http://127.0.0.1:{port}", folder)
        _lay_out(wordpress)
        with _mariadb(folder), _php(wordpress, port):
            _install(wordpress)
            yield wordpress
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    """Return where a program is, also one that only root has on the path; empty if it is nowhere."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin") or ""


def _lay_out(wordpress: RealWordPress) -> None:
    site = wordpress.folder / "site"
    # Nobody needs the pictures and styles of the administration, which are most of it.
    left_out = shutil.ignore_patterns("wp-config.php", "*.js", "*.css", "*.png", "*.svg", "plugins", "themes")
    shutil.copytree(PROGRAM, site, ignore=left_out)
    theme = site / "wp-content" / "themes" / "plain"
    theme.mkdir(parents=True)
    for name, text in _THEME.items():
        (theme / name).write_text(text)
    config = {"socket": wordpress.folder / "mariadb.sock", "address": wordpress.address}
    (site / "wp-config.php").write_text(_CONFIG % config)
    (site / "rig.php").write_text(_CALLS)
    (site / "router.php").write_text(_ROUTER)


@contextmanager
def _mariadb(folder: Path) -> Iterator[None]:
    data, place = folder / "data", folder / "mariadb.sock"
    user = ["--user=root"] if os.geteuid() == 0 else []
    made = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db", *user]
    quiet = subprocess.DEVNULL
    normal = "--auth-root-authentication-method=normal"
    subprocess.run([*made, normal], check=True, stdout=quiet, stderr=quiet, timeout=120)
    # Nothing here outlives the tests, so nothing has to reach the disk.
    loose = [
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-flush-method=nosync",
        "--skip-log-bin",
        "--innodb-buffer-pool-size=64M",
    ]
    server = [
        _program("mariadbd"),
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={place}",
        "--skip-networking",
    ]
    init = folder / "init.sql"
    init.write_text("CREATE DATABASE wordpress;\n")
    with (
        (folder / "mariadb.log").open("wb") as log,
        subprocess.Popen([*server, *loose, f"--init-file={init}", *user], stdout=log, stderr=log) as process,
    ):
        try:
            assert until(place.exists, 60), (folder / "mariadb.log").read_text()
            yield
        finally:
            process.kill()


@contextmanager
def _php(wordpress: RealWordPress, port: int) -> Iterator[None]:
    site = wordpress.folder / "site"
    settings = ("opcache.enable_cli=1", "sendmail_path=/bin/true", "display_errors=0", "log_errors=1")
    command = [
        _program("php"),
        *(f"-d{each}" for each in settings),
        "-S",
        f"127.0.0.1:{port}",
        "-t",
        str(site),
    ]
    with (
        (wordpress.folder / "php.log").open("wb") as log,
        subprocess.Popen([*command, str(site / "router.php")], cwd=site, stdout=log, stderr=log) as process,
    ):
        try:
            assert until(lambda: answers(f"{wordpress.address}/readme.html"), 60)
            yield
        finally:
            process.kill()


def _install(wordpress: RealWordPress) -> None:
    title, mail = "Spans & Arches", "ada@example.org"
    made = ("wp_install", [title, "ada", mail, True, "", "a password"])
    wordpress.calls([("wp_cache_flush", []), made], installing=True)
    wordpress.calls(
        [
            ("switch_theme", ["plain"]),
            ("wp_delete_post", [1, True]),
            ("update_option", ["permalink_structure", "/%year%/%monthnum%/%postname%/"]),
            ("update_option", ["timezone_string", "Europe/Oslo"]),
            ("wp_update_user", [{"ID": 1, "display_name": "Ada Fjordman"}]),
        ]
    )
    wordpress.call("flush_rewrite_rules")


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
