from __future__ import annotations

from tests.generator.specs import attribute, entity, operation, read, read_case

IR = read_case("blog")


def test_entities_are_named_after_schemas_whose_uses_are_set_aside() -> None:
    assert [item.name for item in IR.domain.entities] == ["Comment", "Member", "Post"]
    roles = {view.schema: (view.entity, view.roles) for view in IR.domain.views}
    assert roles["CreatePostRequest"] == ("Post", ("create",))
    assert roles["PostSummary"] == ("Post", ("read",))
    assert roles["CommentInput"] == ("Comment", ("create",))


def test_an_entity_without_an_id_gets_a_hidden_key_and_keeps_its_natural_one() -> None:
    assert attribute(IR, "Post.id").hidden
    slug = attribute(IR, "Post.slug")
    assert (slug.origin, slug.origin_of, slug.unique) == ("slug", "title", True)
    assert attribute(IR, "Comment.id").origin == "key"


def test_values_are_typed_by_what_may_be_given_and_shown() -> None:
    assert attribute(IR, "Post.tags").type.kind == "list"
    assert attribute(IR, "Post.tags").default is not None
    assert attribute(IR, "Post.body").nullable
    assert not attribute(IR, "Post.title").nullable
    assert [c.kind for c in attribute(IR, "Post.title").constraints] == ["max_length"]
    assert attribute(IR, "Post.created_at").origin == "created_at"


def test_what_is_shown_but_never_given_starts_empty() -> None:
    about = attribute(IR, "Member.about")
    assert about.default is not None
    assert about.default.value == ""


def test_a_password_is_only_kept_as_a_hash() -> None:
    hashed = attribute(IR, "Member.password_hash")
    assert (hashed.hidden, hashed.origin, hashed.wire) == (True, "password", "")
    assert all(item.wire != "password" for item in entity(IR, "Member").attributes)


def test_the_signed_in_maker_of_a_row_owns_it() -> None:
    assert entity(IR, "Post").owner == "author"
    assert attribute(IR, "Post.author_id").origin == "owner"
    assert operation(IR, "DELETE /posts/{slug}").action.owner == "author"


def test_nested_rows_point_to_their_parent() -> None:
    create = operation(IR, "POST /posts/{slug}/comments").action
    assert [(p.entity, p.relation) for p in create.parents] == [("Post", "post")]
    assert {(a.attribute, a.source) for a in create.assign} == {
        ("post_id", "parent:0"),
        ("author_id", "viewer"),
    }


def test_a_pair_of_endpoints_makes_and_breaks_a_link() -> None:
    assert operation(IR, "POST /posts/{slug}/like").action.kind == "link"
    unlink = operation(IR, "DELETE /posts/{slug}/like").action
    assert (unlink.kind, unlink.relation, unlink.other) == ("unlink", "liked_by", "viewer")
    derived = {item.name: (item.kind, item.relation) for item in entity(IR, "Post").derived}
    assert derived == {
        "is_liked": ("viewer_linked", "liked_by"),
        "likes_count": ("count", "liked_by"),
        "comments_count": ("count", "comments"),
    }


def test_a_link_of_an_entity_to_itself_has_two_sides() -> None:
    relations = {item.name: item for item in entity(IR, "Member").relations}
    assert relations["blocked_by"].inverse == "blocked"
    assert relations["blocked_by"].through_local == relations["blocked"].through_target


def test_query_parameters_are_told_apart() -> None:
    listing = operation(IR, "GET /posts")
    found = {f.parameter: (f.operator, f.path) for f in listing.action.filters}
    assert found["author"] == ("eq", ("author", "handle"))
    assert found["tag"] == ("has", ("tags",))
    assert found["created_after"][0] == "gt"
    assert found["q"][0] == "search"
    assert listing.action.pagination.style == "page"
    assert listing.action.pagination.maximum_size == 50
    assert [c.value for c in listing.action.ordering.choices] == ["title", "-createdAt"]
    roles = {p.name: p.role for p in listing.parameters}
    assert (roles["sort"], roles["page"], roles["colour"]) == ("sort", "page", "")


def test_a_parameter_nothing_depends_on_is_reported() -> None:
    messages = [notice.message for notice in IR.notices]
    assert "nothing is known to depend on the parameter colour" in messages


def test_an_envelope_is_looked_through() -> None:
    payload = operation(IR, "GET /posts").payload
    assert (payload.kind, payload.view, payload.path) == ("list", "PostSummary", ("data",))
    assert {(e.path, e.source) for e in payload.extras} == {
        (("meta", "total"), "total"),
        (("meta", "page"), "page"),
    }


def test_signing_in_is_recognised() -> None:
    login = operation(IR, "POST /login")
    assert [(m.attribute, m.field) for m in login.action.login] == [("handle", "handle")]
    assert ("access_token",) in {e.path for e in login.payload.extras if e.source == "token"}
    assert operation(IR, "POST /members").action.kind == "register"
    assert operation(IR, "GET /me").action.kind == "current"
    principal = IR.infrastructure.principal
    assert principal is not None
    assert (principal.entity, principal.password) == ("Member", "password_hash")


def test_plain_values_come_from_the_attribute_they_are_named_after() -> None:
    action = operation(IR, "GET /tags").action
    assert (action.kind, action.entity, action.attribute) == ("values", "Post", "tags")


def test_a_reader_is_known_where_the_answer_depends_on_him() -> None:
    assert operation(IR, "GET /posts/{slug}").auth.mode == "optional"
    assert operation(IR, "GET /posts").auth.mode == "none"


def test_every_conclusion_is_reported_with_a_place_in_the_spec() -> None:
    assert {item.source for item in IR.inferences} == {"inferred"}
    assert all(item.pointer.startswith("/") for item in IR.inferences)
    assert all(0 < item.confidence < 1 for item in IR.inferences)


def test_an_id_that_paths_address_rows_by_is_the_key_whatever_it_is_called() -> None:
    ir = read("""
        paths:
          /special-events:
            post:
              requestBody:
                content: {application/json: {schema: {$ref: '#/components/schemas/SpecialEvent'}}}
              responses:
                '201':
                  description: made
                  content: {application/json: {schema: {$ref: '#/components/schemas/SpecialEvent'}}}
          /special-events/{eventId}:
            get:
              parameters: [{name: eventId, in: path, required: true, schema: {type: string}}]
              responses:
                '200':
                  description: done
                  content: {application/json: {schema: {$ref: '#/components/schemas/SpecialEvent'}}}
        components:
          schemas:
            SpecialEvent:
              type: object
              properties: {eventId: {type: string}, name: {type: string}}
    """)
    assert entity(ir, "SpecialEvent").key == "event_id"
    assert attribute(ir, "SpecialEvent.event_id").origin == "client_key"


def test_what_a_row_shows_as_its_own_goes_with_it_unless_deleting_may_be_refused() -> None:
    spec = """
        paths:
          /owners:
            get:
              responses:
                '200':
                  description: all
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/Owner'}}
          /owners/{id}:
            delete:
              parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
              responses: {'204': {description: gone}, REFUSED}
          /pets:
            get:
              responses:
                '200':
                  description: all
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}
        components:
          schemas:
            Owner:
              type: object
              required: [id, pets]
              properties:
                id: {type: integer}
                pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
            Pet:
              type: object
              required: [id, owner_id]
              properties: {id: {type: integer}, owner_id: {type: integer, x-references: Owner.id}}
    """
    for refused, kept in (("'404': {description: none}", "cascade"), ("'409': {}", "restrict")):
        owner = entity(read(spec.replace("REFUSED", refused)), "Owner")
        assert [r.on_delete for r in owner.relations if r.name == "pets"] == [kept]


def test_keys_that_are_given_are_not_kept_as_the_objects_that_are_shown() -> None:
    ir = read(
        """
        paths:
          /teams:
            post:
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/NewTeam'}}
              responses:
                '201':
                  description: made
                  content:
                    application/json: {schema: {$ref: '#/components/schemas/Team'}}
        components:
          schemas:
            NewTeam:
              type: object
              required: [name, members]
              properties:
                name: {type: string}
                members: {type: array, items: {type: string, format: uuid}}
            Team:
              type: object
              properties:
                id: {type: integer}
                name: {type: string}
                members: {type: array, items: {type: object, properties: {nick: {type: string}}}}
        """
    )
    bindings = {view.schema: {b.wire: b.kind for b in view.bindings} for view in ir.domain.views}
    assert bindings["NewTeam"] == {"name": "attribute", "members": "ignored"}
    assert bindings["Team"]["members"] == "attribute"
    assert attribute(ir, "Team.members").nullable
    assert any(notice.message.startswith("members is given as plain") for notice in ir.notices)
