-- AlterTable
ALTER TABLE "documents"
    ADD COLUMN "tax_year" INTEGER,
    ADD COLUMN "size_bytes" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "sha256" TEXT NOT NULL DEFAULT '';

-- The database fingerprints what it stores, so that a download can prove the content is the one uploaded.
CREATE FUNCTION "document_fingerprint"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."size_bytes" := octet_length(NEW."content");
    NEW."sha256" := encode(sha256(NEW."content"), 'hex');
    RETURN NEW;
END;
$$;

CREATE TRIGGER "document_fingerprint"
    BEFORE INSERT OR UPDATE OF "content" ON "documents"
    FOR EACH ROW EXECUTE FUNCTION "document_fingerprint"();

-- Documents stored before this migration.
UPDATE "documents" SET "content" = "content";
