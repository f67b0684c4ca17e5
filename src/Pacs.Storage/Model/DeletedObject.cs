namespace Pacs.Storage.Model;

/// <summary>A UID that was here and was deleted: 410 rather than 404.</summary>
public sealed class DeletedObject
{
    public string Uid { get; set; } = "";
    public DateTimeOffset DeletedAt { get; set; }
}
