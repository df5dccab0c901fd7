<?php
/** Whether another plugin prints tags of its own, which must not stand in the head twice. */
function cardpress_has_rival(): bool {
	return defined( 'WPSEO_VERSION' ) || defined( 'RANK_MATH_VERSION' ) || defined( 'AIOSEO_VERSION' );
}

/** The picture's address. Changes with the post, so that crawlers fetch it anew. */
function cardpress_image_url( WP_Post $post ): string {
	$version = (int) get_post_modified_time( 'U', true, $post );
	return cardpress_url() . '/p/' . cardpress_page_key( $post->ID ) . '.png?v=' . $version;
}

/** @return array<string, string> Property => content, in the order in which they are printed. */
function cardpress_tags( WP_Post $post ): array {
	$title = cardpress_text( get_the_title( $post ) );
	$image = cardpress_image_url( $post );
	$tags  = array(
		'og:type'         => 'article',
		'og:title'        => $title,
		'og:url'          => (string) get_permalink( $post ),
		'og:description'  => cardpress_text( cardpress_excerpt( $post ) ),
		'og:image'        => $image,
		'og:image:type'   => 'image/png',
		'og:image:width'  => '1200',
		'og:image:height' => '630',
		'og:image:alt'    => $title,
		'twitter:card'    => 'summary_large_image',
		'twitter:image'   => $image,
	);
	if ( 0 === strpos( $image, 'https://' ) ) {
		$tags['og:image:secure_url'] = $image;
	}
	/** The tags of a post; another size of picture needs other numbers here. */
	return (array) apply_filters( 'cardpress_tags', $tags, $post );
}

function cardpress_print_tags(): void {
	$post = is_singular() ? get_queried_object() : null;
	if ( ! $post instanceof WP_Post || 'publish' !== $post->post_status || ! cardpress_takes( $post ) ) {
		return;
	}
	/** Whether tags are printed; false by default beside a plugin that prints its own. */
	if ( ! cardpress_is_ready() || ! apply_filters( 'cardpress_print_tags', ! cardpress_has_rival(), $post ) ) {
		return;
	}
	foreach ( cardpress_tags( $post ) as $name => $content ) {
		if ( '' === $content ) {
			continue;
		}
		$attribute = 0 === strpos( $name, 'twitter:' ) ? 'name' : 'property';
		printf( "<meta %s=\"%s\" content=\"%s\">\n", esc_attr( $attribute ), esc_attr( $name ), esc_attr( $content ) );
	}
}
