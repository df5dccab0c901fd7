<?php
/*
 * Address, source and secret: constants in wp-config.php go before what the settings page keeps.
 */

/** @return string Without a slash at its end; empty where nothing is set. */
function cardpress_url(): string {
	$url = defined( 'CARDPRESS_URL' ) ? CARDPRESS_URL : get_option( 'cardpress_url', '' );
	return rtrim( (string) $url, '/' );
}

function cardpress_source(): string {
	return (string) ( defined( 'CARDPRESS_SOURCE' ) ? CARDPRESS_SOURCE : get_option( 'cardpress_source', 'wordpress' ) );
}

function cardpress_secret(): string {
	return (string) ( defined( 'CARDPRESS_SECRET' ) ? CARDPRESS_SECRET : get_option( 'cardpress_secret', '' ) );
}

function cardpress_is_ready(): bool {
	return '' !== cardpress_url() && '' !== cardpress_source() && '' !== cardpress_secret();
}

function cardpress_add_page(): void {
	add_options_page( 'Cardpress', 'Cardpress', 'manage_options', 'cardpress', 'cardpress_print_page' );
}

function cardpress_register_settings(): void {
	register_setting( 'cardpress', 'cardpress_url', array( 'sanitize_callback' => 'esc_url_raw' ) );
	register_setting( 'cardpress', 'cardpress_source', array( 'sanitize_callback' => 'sanitize_key' ) );
	register_setting( 'cardpress', 'cardpress_secret', array( 'sanitize_callback' => 'cardpress_keep_secret' ) );
}

/** The field is always shown empty; sent empty, it leaves the secret as it is. */
function cardpress_keep_secret( $given ): string {
	$given = is_string( $given ) ? trim( $given ) : '';
	return '' === $given ? (string) get_option( 'cardpress_secret', '' ) : $given;
}

function cardpress_print_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	$fields = array(
		array( 'cardpress_url', 'Address of Cardpress', 'url', cardpress_url(), 'https://cards.example.com' ),
		array( 'cardpress_source', 'Name of the source', 'text', cardpress_source(), 'wordpress' ),
		array( 'cardpress_secret', 'Secret', 'password', '', '' === cardpress_secret() ? '' : 'kept; fill in to change it' ),
	);
	echo '<div class="wrap"><h1>Cardpress</h1><form method="post" action="options.php">';
	settings_fields( 'cardpress' );
	echo '<table class="form-table" role="presentation">';
	foreach ( $fields as list( $name, $label, $type, $value, $hint ) ) {
		printf(
			'<tr><th scope="row"><label for="%1$s">%2$s</label></th><td><input class="regular-text" autocomplete="off" id="%1$s" name="%1$s" type="%3$s" value="%4$s" placeholder="%5$s"%6$s></td></tr>',
			esc_attr( $name ),
			esc_html( $label ),
			esc_attr( $type ),
			esc_attr( $value ),
			esc_attr( $hint ),
			defined( strtoupper( $name ) ) ? ' disabled' : ''
		);
	}
	echo '</table>';
	submit_button();
	echo '</form></div>';
}
