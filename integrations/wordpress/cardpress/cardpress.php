<?php
/**
 * Plugin Name: Cardpress
 * Description: Tells Cardpress of every post that is published, changed or taken back, and puts the picture's tags into the page's head.
 * Version: 1.0.0
 * Requires at least: 5.6
 * Requires PHP: 7.4
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

require_once __DIR__ . '/includes/settings.php';
require_once __DIR__ . '/includes/signature.php';
require_once __DIR__ . '/includes/entry.php';
require_once __DIR__ . '/includes/notify.php';
require_once __DIR__ . '/includes/head.php';

// After terms and featured picture are saved; `transition_post_status` comes before them.
add_action( 'wp_after_insert_post', 'cardpress_on_saved', 10, 4 );
add_action( 'before_delete_post', 'cardpress_on_deleted', 10, 2 );
add_action( 'shutdown', 'cardpress_send_queued' );
add_action( 'cardpress_retry', 'cardpress_on_retry', 10, 2 );
add_action( 'wp_head', 'cardpress_print_tags', 5 );

if ( is_admin() ) {
	add_action( 'admin_menu', 'cardpress_add_page' );
	add_action( 'admin_init', 'cardpress_register_settings' );
}
