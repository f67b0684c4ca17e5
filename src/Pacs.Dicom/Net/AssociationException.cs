namespace Pacs.Dicom.Net;

/// <summary>Root of what ends an association before its time. After it the association is closed.</summary>
public abstract class AssociationException : DicomException
{
    private protected AssociationException(string message, Exception? inner = null) : base(message, inner) { }
}
