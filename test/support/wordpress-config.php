<?php
/* The wp-config.php of the WordPress under test. WORDPRESS_SETTINGS is JSON: url, database, socket, salt. */

$settings = json_decode( getenv( 'WORDPRESS_SETTINGS' ), true );

define( 'DB_NAME', $settings['database'] );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . $settings['socket'] );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'WP_HOME', $settings['url'] );
define( 'WP_SITEURL', $settings['url'] );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
	define( $name . '_KEY', hash_hmac( 'sha256', $name . '_KEY', $settings['salt'] ) );
	define( $name . '_SALT', hash_hmac( 'sha256', $name . '_SALT', $settings['salt'] ) );
}

// Nothing leaves this machine, and nothing happens that a test did not ask for.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );

// All notices are written, to where PHP was told on its command line.
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', null );

$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
