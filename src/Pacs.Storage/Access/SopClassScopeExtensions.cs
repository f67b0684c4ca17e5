using Pacs.Dicom.Dictionaries;

namespace Pacs.Storage.Access;

public static class SopClassScopeExtensions
{
    /// <summary>The arc of the standard's own UIDs.</summary>
    private const string StandardRoot = "1.2.840.10008.";

    /// <summary>Whether objects of a class are within the scope.</summary>
    public static bool Includes(this SopClassScope scope, string sopClassUid) => scope switch
    {
        SopClassScope.Any => true,
        SopClassScope.Private => SopClassRegistry.IsStorage(sopClassUid) || !sopClassUid.StartsWith(StandardRoot, StringComparison.Ordinal),
        _ => SopClassRegistry.IsStorage(sopClassUid),
    };
}
