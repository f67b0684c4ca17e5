namespace Pacs.Storage.Model;

public enum ChangeKind : short
{
    Stored = 1,
    Replaced = 2,
    Deleted = 3,
}
