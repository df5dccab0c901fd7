<?php
/**
 * The value of X-Cardpress-Signature: HMAC-SHA256 of the time, a dot and the body.
 *
 * @param string $body   As it is sent.
 * @param string $secret Of the source.
 * @param int    $time   Unix time in seconds.
 */
function cardpress_signature( string $body, string $secret, int $time ): string {
	return 't=' . $time . ',v1=' . hash_hmac( 'sha256', $time . '.' . $body, $secret );
}
