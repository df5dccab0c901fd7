<?php
/*
 * Runs PHP within the WordPress of this folder, as a plugin or a page of its own would: standard input is JSON,
 * {"code": …, "input": …}. What the code returns is written as JSON behind a line that says so,
 * since WordPress prints as well. What WordPress does on shutdown is done when the process ends.
 */

$given = json_decode( stream_get_contents( STDIN ), true );
if ( $given['installing'] ?? false ) {
	define( 'WP_INSTALLING', true );
}
require getcwd() . '/wp-load.php';
$run = static function ( $input ) use ( $given ) {
	return eval( $given['code'] );
};
echo "\nRETURNED ", wp_json_encode( $run( $given['input'] ) ), "\n";
