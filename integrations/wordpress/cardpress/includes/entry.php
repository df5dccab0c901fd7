<?php
/** Posts that readers can open: no revisions, menus, or types without pages of their own. */
function cardpress_takes( WP_Post $post ): bool {
	$takes = is_post_type_viewable( $post->post_type ) && 'attachment' !== $post->post_type;
	/** Whether Cardpress hears of this post. */
	return (bool) apply_filters( 'cardpress_takes', $takes, $post );
}

/** The page's key at Cardpress: the same over the life of a post, whatever becomes of its slug. */
function cardpress_page_key( int $post_id ): string {
	return cardpress_source() . '/' . $post_id;
}

/** Of a post behind a password only the title is told, which WordPress shows to everyone as well. */
function cardpress_excerpt( WP_Post $post ): string {
	if ( '' !== $post->post_password ) {
		return '';
	}
	$text = '' !== trim( $post->post_excerpt ) ? $post->post_excerpt : strip_shortcodes( $post->post_content );
	return wp_trim_words( excerpt_remove_blocks( $text ), 40, '…' );
}

/** @return string[] Names of the post's terms. */
function cardpress_terms( WP_Post $post, string $taxonomy ): array {
	$terms = get_the_terms( $post, $taxonomy );
	return is_array( $terms ) ? wp_list_pluck( $terms, 'name' ) : array();
}

/** HTML entities that WordPress adds for its own pages are turned back: a picture shows text. */
function cardpress_text( string $html ): string {
	return trim( html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ) );
}

/**
 * What Cardpress is told of a post.
 *
 * @return array{id: int, type: string}&array<string, mixed>
 */
function cardpress_entry( WP_Post $post ): array {
	$image = get_the_post_thumbnail_url( $post, 'full' );
	$entry = array(
		'id'         => $post->ID,
		'type'       => $post->post_type,
		'slug'       => $post->post_name,
		'url'        => (string) get_permalink( $post ),
		'title'      => cardpress_text( get_the_title( $post ) ),
		'excerpt'    => cardpress_text( cardpress_excerpt( $post ) ),
		'author'     => (string) get_the_author_meta( 'display_name', (int) $post->post_author ),
		'image'      => false === $image ? null : $image,
		'categories' => cardpress_terms( $post, 'category' ),
		'tags'       => cardpress_terms( $post, 'post_tag' ),
		'published'  => get_post_time( 'c', true, $post ),
		'modified'   => get_post_modified_time( 'c', true, $post ),
	);
	/** What expressions of the source see below `post`. */
	return (array) apply_filters( 'cardpress_entry', $entry, $post );
}
