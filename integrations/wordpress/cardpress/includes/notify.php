<?php
/*
 * What happened to a post is remembered and told when the page is done: one message for each post,
 * however often it was saved on the way. What fails is told again by WP-Cron.
 */

const CARDPRESS_RETRY_AFTER_SECONDS = array( 30, 120, 600, 3600, 21600 );
const CARDPRESS_TIMEOUT_SECONDS     = 5;

/**
 * @param string|null $event For a post: what is to be told of it. Null only reads.
 * @return array<int, string> Post id => event.
 */
function cardpress_queue( int $post_id = 0, ?string $event = null ): array {
	static $queue = array();
	if ( null !== $event ) {
		$is_new            = 'publish' === ( $queue[ $post_id ] ?? '' ) && 'update' === $event;
		$queue[ $post_id ] = $is_new ? 'publish' : $event;
	}
	return $queue;
}

function cardpress_on_saved( int $post_id, WP_Post $post, bool $update, ?WP_Post $before ): void {
	if ( wp_is_post_revision( $post_id ) || wp_is_post_autosave( $post_id ) || ! cardpress_takes( $post ) ) {
		return;
	}
	$was = null !== $before && 'publish' === $before->post_status;
	$is  = 'publish' === $post->post_status;
	if ( $is ) {
		cardpress_queue( $post_id, $was ? 'update' : 'publish' );
	} elseif ( $was ) {
		cardpress_queue( $post_id, 'unpublish' );
	}
}

/** Deleted without the way through the trash. */
function cardpress_on_deleted( int $post_id, WP_Post $post ): void {
	if ( 'publish' === $post->post_status && cardpress_takes( $post ) ) {
		cardpress_queue( $post_id, 'unpublish' );
	}
}

function cardpress_send_queued(): void {
	$queue = cardpress_queue();
	if ( array() === $queue || ! cardpress_is_ready() ) {
		return;
	}
	// The editor has its answer before Cardpress is asked.
	if ( function_exists( 'fastcgi_finish_request' ) ) {
		fastcgi_finish_request();
	}
	foreach ( $queue as $post_id => $event ) {
		if ( ! cardpress_send( $event, $post_id ) ) {
			cardpress_retry_later( $post_id, 0 );
		}
	}
}

function cardpress_retry_later( int $post_id, int $attempt ): void {
	$wait = CARDPRESS_RETRY_AFTER_SECONDS[ $attempt ] ?? null;
	if ( null !== $wait ) {
		wp_schedule_single_event( time() + $wait, 'cardpress_retry', array( $post_id, $attempt + 1 ) );
	}
}

/** What counts is what the post is by now. */
function cardpress_on_retry( int $post_id, int $attempt ): void {
	$event = 'publish' === get_post_status( $post_id ) ? 'update' : 'unpublish';
	if ( cardpress_is_ready() && ! cardpress_send( $event, $post_id ) ) {
		cardpress_retry_later( $post_id, $attempt );
	}
}

/** Tells Cardpress. False where trying again can help. */
function cardpress_send( string $event, int $post_id ): bool {
	$post = get_post( $post_id );
	$body = wp_json_encode(
		array(
			'event' => $event,
			'key'   => cardpress_page_key( $post_id ),
			'post'  => $post instanceof WP_Post ? cardpress_entry( $post ) : array( 'id' => $post_id ),
			'site'  => array(
				'name' => cardpress_text( get_bloginfo( 'name' ) ),
				'url'  => home_url(),
			),
		)
	);
	if ( false === $body ) {
		return true;
	}
	$answer = wp_remote_post(
		cardpress_url() . '/v1/hooks/' . rawurlencode( cardpress_source() ),
		array(
			'timeout'     => CARDPRESS_TIMEOUT_SECONDS,
			'redirection' => 0,
			'headers'     => array(
				'Content-Type'          => 'application/json',
				'X-Cardpress-Signature' => cardpress_signature( $body, cardpress_secret(), time() ),
			),
			'body'        => $body,
		)
	);
	$status = is_wp_error( $answer ) ? 0 : (int) wp_remote_retrieve_response_code( $answer );
	if ( $status >= 200 && $status < 300 ) {
		return true;
	}
	$reason = is_wp_error( $answer ) ? $answer->get_error_message() : wp_remote_retrieve_body( $answer );
	error_log( sprintf( 'Cardpress did not take "%s" of post %d: %d %s', $event, $post_id, $status, substr( $reason, 0, 500 ) ) );
	return $status >= 400 && $status < 500 && 429 !== $status;
}
