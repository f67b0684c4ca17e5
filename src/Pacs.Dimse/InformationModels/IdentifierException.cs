using Pacs.Dicom.Primitives;

namespace Pacs.Dimse.InformationModels;

/// <summary>An identifier that its information model does not allow: answered with A900 and the offending element. The message fits an Error Comment.</summary>
internal sealed class IdentifierException(Tag offendingElement, string message) : Exception(message)
{
    public Tag OffendingElement { get; } = offendingElement;
}
