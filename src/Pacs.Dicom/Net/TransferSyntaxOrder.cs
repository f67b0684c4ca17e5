namespace Pacs.Dicom.Net;

/// <summary>Which of the transfer syntaxes that both sides know is taken.</summary>
public enum TransferSyntaxOrder
{
    /// <summary>The first that the requestor proposed: it knows how its objects are encoded.</summary>
    Proposer,
    /// <summary>The first of <see cref="ServiceContext.TransferSyntaxes"/>.</summary>
    Acceptor,
}
