require('@babel/register')
