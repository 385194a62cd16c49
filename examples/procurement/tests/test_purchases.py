import pytest


def test_purchase_keeps_what_was_given(client, purchase, supplier):
    read = client.get(f"/purchases/{purchase['id']}").json()
    assert read == purchase
    assert read["supplier"] == supplier
    assert read["total"] == "1833.80"
    assert read["currency"] == "EUR"
    assert [item["description"] for item in read["items"]] == ["Chair", "Delivery"]
    assert [event["status"] for event in read["events"]] == ["draft"]


def test_draft_is_changed_and_its_items_replaced(client, purchase):
    change = {
        "title": "Two chairs",
        "items": [{"description": "Chair", "quantity": 2, "unit_price": "1"}],
    }
    changed = client.patch(f"/purchases/{purchase['id']}", json=change).json()
    assert (changed["title"], changed["total"], len(changed["items"])) == ("Two chairs", "2.00", 1)
    assert client.get(f"/purchases/{purchase['id']}").json()["items"] == changed["items"]


def test_workflow_is_walked_and_recorded(client, purchase):
    for status in ("submitted", "approved", "ordered", "received"):
        answer = move(client, purchase, status)
        assert answer.status_code == 200, answer.text
    history = [(e["status"], e["note"]) for e in answer.json()["events"]]
    assert history[0] == ("draft", "")
    assert history[-1] == ("received", "to received")
    assert len(history) == 5


@pytest.mark.parametrize("wanted", ["draft", "approved", "ordered", "received", "rejected"])
def test_steps_cannot_be_skipped(client, purchase, wanted):
    answer = move(client, purchase, wanted)
    assert answer.status_code == 409
    assert "next may be: cancelled, submitted" in answer.json()["detail"]
    assert client.get(f"/purchases/{purchase['id']}").json()["status"] == "draft"


def test_submitted_purchase_is_neither_changed_nor_deleted(client, purchase):
    move(client, purchase, "submitted")
    path = f"/purchases/{purchase['id']}"
    assert client.patch(path, json={"title": "Other"}).status_code == 409
    assert client.delete(path).status_code == 409
    assert client.get(path).json()["title"] == purchase["title"]


def test_empty_purchase_cannot_be_submitted(client, supplier):
    empty = client.post("/purchases", json={"supplier_id": supplier["id"], "title": "-"}).json()
    assert move(client, empty, "submitted").status_code == 409


def test_list_is_filtered_by_status_and_supplier(client, purchase, supplier):
    def ids(**wanted):
        return [entry["id"] for entry in client.get("/purchases", params=wanted).json()]

    assert ids(supplier_id=supplier["id"]) == [purchase["id"]]
    assert ids(supplier_id=supplier["id"], status="draft") == [purchase["id"]]
    assert ids(supplier_id=supplier["id"], status="approved") == []


def test_deleted_draft_is_gone(client, purchase, supplier):
    assert client.delete(f"/suppliers/{supplier['id']}").status_code == 409
    assert client.delete(f"/purchases/{purchase['id']}").status_code == 204
    assert client.get(f"/purchases/{purchase['id']}").status_code == 404
    assert client.delete(f"/suppliers/{supplier['id']}").status_code == 204


def test_supplier_names_are_unique(client, supplier):
    again = client.post("/suppliers", json={"name": supplier["name"]})
    assert again.status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": 0},
        {"unit_price": "-1"},
        {"unit_price": "1.234"},
        {"description": ""},
    ],
)
def test_wrong_items_are_refused(client, supplier, wrong):
    item = {"description": "Chair", "quantity": 1, "unit_price": "1.00"} | wrong
    given = {"supplier_id": supplier["id"], "title": "Chairs", "items": [item]}
    assert client.post("/purchases", json=given).status_code == 422


def test_totals_count_every_row(client, supplier):
    before = client.get("/reports/totals").json()
    item = {"description": "Chair", "quantity": 1, "unit_price": "1.00"}
    given = {"supplier_id": supplier["id"], "title": "Chairs", "items": [item, item]}
    client.post("/purchases", json=given)
    after = client.get("/reports/totals").json()
    assert after["items"] == before["items"] + 2
    assert after["purchases"]["draft"] == before["purchases"].get("draft", 0) + 1


def move(client, purchase, status):
    change = {"status": status, "note": f"to {status}"}
    return client.post(f"/purchases/{purchase['id']}/status", json=change)
